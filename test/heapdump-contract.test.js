'use strict';
// The behaviour that callers of `heapdump` rely on, case by case.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

const DEFAULT_NAME = /^heapdump-\d+\.\d+\.heapsnapshot$/;

// Not in this process: its signal belongs to other tests.
process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('../index.js');

/** Runs `body` in a temporary directory. */
function inside(name, body) {
  test(name, { timeout: 120_000 }, async (t) => {
    const directory = temporary(t);
    const before = process.cwd();
    process.chdir(directory);
    try {
      await body(directory, t);
      assert.deepEqual(partials(directory), []);
    } finally {
      process.chdir(before);
    }
  });
}

/** Calls writeSnapshot and returns the arguments and the time of the callback. */
function call(...args) {
  const calls = [];
  const returned = heapdump.writeSnapshot(...args, (...got) => {
    calls.push(got);
  });
  return { returned, calls };
}

test('writeSnapshot has two parameters', () => assert.equal(heapdump.writeSnapshot.length, 2));

inside('(filename, callback): called before the return with null and the very filename', () => {
  assert.deepEqual(call('a.heapsnapshot'), { returned: true, calls: [[null, 'a.heapsnapshot']] });
  readSnapshot('a.heapsnapshot');
});

inside('(filename): true', () => {
  assert.equal(heapdump.writeSnapshot('a.heapsnapshot'), true);
  readSnapshot('a.heapsnapshot');
});

inside('(callback): the default name', () => {
  const {
    returned,
    calls: [[error, filename]],
  } = call();
  assert.equal(returned, true);
  assert.equal(error, null);
  assert.match(filename, DEFAULT_NAME);
  readSnapshot(filename);
});

inside('(): the default name in the current directory', (directory) => {
  assert.equal(heapdump.writeSnapshot(), true);
  const [name, ...others] = snapshots(directory);
  assert.match(name, DEFAULT_NAME);
  assert.deepEqual(others, []);
  // Milliseconds and the remaining nanoseconds of a monotonic clock.
  const [, ms, ns] = /-(\d+)\.(\d+)\./.exec(name).map(Number);
  const now = Number(process.hrtime.bigint() / 1_000_000n);
  assert.ok(ms <= now && ms > now - 120_000 && ns < 1e6);
});

inside('a filename that is not a string: the default name', () => {
  for (const filename of [undefined, null, 42, {}, [], true]) {
    const {
      returned,
      calls: [[error, written]],
    } = call(filename);
    assert.equal(returned, true);
    assert.equal(error, null);
    assert.match(written, DEFAULT_NAME);
    fs.unlinkSync(written);
  }
});

inside('any name will do, in any script; an existing file is replaced', () => {
  for (const name of ['no ending', 'ünïcødé-日本.heapsnapshot', '-', 'a.heapsnapshot']) {
    fs.writeFileSync(name, 'old');
    assert.deepEqual(call(name), { returned: true, calls: [[null, name]] });
    readSnapshot(path.resolve(name));
    assert.equal(fs.statSync(name).mode & 0o777, 0o600);
  }
});

inside('failure to open: false, and an Error without a second argument', () => {
  for (const [filename, code] of [
    ['missing/a.heapsnapshot', 'ENOENT'],
    ['', 'ENOENT'],
    ['.', 'EISDIR'],
    ['node_modules', 'EISDIR'],
    ['new/', 'EISDIR'],
    ['x'.repeat(300), 'ENAMETOOLONG'],
    ['file/a.heapsnapshot', 'ENOTDIR'],
    ['nul\0byte', 'EINVAL'],
  ]) {
    fs.writeFileSync('file', '');
    const {
      returned,
      calls: [got],
    } = call(filename);
    assert.equal(returned, false);
    assert.equal(got.length, 1);
    const [error] = got;
    assert.ok(error instanceof Error);
    assert.equal(error.message, `heapdump write error ${code}`);
    // Features that heapdump lacked:
    assert.equal(error.code, code);
    assert.equal(error.syscall, 'open');
    assert.equal(error.path, filename);
    assert.equal(error.errno, -require('node:os').constants.errno[code]);
    assert.equal(error.cause.code, code);
  }
});

inside('failure without a callback: false, nothing thrown, nothing printed', (directory, t) => {
  const app = start(t, directory, `say('returned', require('heapdump-rs').writeSnapshot('missing/a'));`);
  return app.exit.then(async (exit) => {
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.equal(await app.said('returned'), false);
    assert.equal(app.stdout + app.stderr, '');
  });
});

inside('what the callback throws comes out of writeSnapshot, and the file is there', () => {
  const thrown = new Error('mine');
  assert.throws(
    () =>
      heapdump.writeSnapshot('a.heapsnapshot', () => {
        throw thrown;
      }),
    (error) => error === thrown,
  );
  readSnapshot('a.heapsnapshot');
  assert.throws(
    () =>
      heapdump.writeSnapshot('missing/a', () => {
        throw thrown;
      }),
    (error) => error === thrown,
  );
});

inside('a callback that is no function: the file is written, then a TypeError', () => {
  for (const callback of [42, {}, 'text']) {
    assert.throws(() => heapdump.writeSnapshot('a.heapsnapshot', callback), TypeError);
    readSnapshot('a.heapsnapshot');
    fs.unlinkSync('a.heapsnapshot');
  }
  for (const callback of [undefined, null, 0, '']) {
    assert.equal(heapdump.writeSnapshot('a.heapsnapshot', callback), true);
  }
});

inside('a full disk is an error (heapdump says true)', () => {
  if (!fs.existsSync('/dev/full')) return;
  const {
    returned,
    calls: [[error]],
  } = call('/dev/full');
  assert.equal(returned, false);
  assert.equal(error.message, 'heapdump write error ENOSPC');
  assert.equal(error.syscall, 'write');
});

inside('a device is written in place', () => {
  if (!fs.existsSync('/dev/zero')) return;
  assert.deepEqual(call('/dev/zero'), { returned: true, calls: [[null, '/dev/zero']] });
  assert.ok(fs.statSync('/dev/zero').isCharacterDevice());
});

inside('in a worker: dumps the worker (heapdump throws when it is loaded)', async (directory, t) => {
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    require('heapdump-rs');
    new Worker(\`
      class OfTheWorker {}
      globalThis.kept = new OfTheWorker();
      require('node:worker_threads').parentPort.postMessage(require('heapdump-rs').writeSnapshot('worker.heapsnapshot'));
    \`, { eval: true }).on('message', (returned) => say('returned', returned));
  `,
  );
  assert.equal(await app.said('returned'), true);
  assert.equal(readSnapshot('worker.heapsnapshot').count('OfTheWorker'), 1);
});
