'use strict';
// The end of a process: everything that V8 has handed out is written, and nothing hangs.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

const LONG = { timeout: 120_000 };
/** Calls `ended()` as soon as V8 has handed out the last chunk. */
const WHEN_TAKEN = `
  const { Session } = require('node:inspector');
  const post = Session.prototype.post;
  Session.prototype.post = function (method, params, callback) {
    return post.call(this, method, params, callback && function (...args) {
      callback(...args);
      if (/HeapSnapshot|stopTracking/.test(method)) ended();
    });
  };
`;

for (const [name, end, code] of [
  ['process.exit()', 'process.exit(3)', 3],
  ['an uncaught exception', "throw new Error('mine')", 1],
]) {
  test(`${name} while the file is being finished: it is finished`, LONG, async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `${WHEN_TAKEN}
      const ended = () => process.nextTick(() => { ${end}; });
      const heapdump = require('heapdump-rs');
      globalThis.kept = Array.from({ length: 50000 }, (_, i) => ({ i, text: 'text ' + i }));
      setInterval(() => {}, 1 << 30);
      say('ready');
    `,
      { env: { NODE_HEAPDUMP_OPTIONS: 'mode=inline' } },
    );
    await app.said('ready');
    app.kill('SIGUSR2');
    assert.deepEqual(await app.exit, { code, signal: null });
    const [file, ...others] = snapshots(directory);
    assert.deepEqual(others, []);
    assert.deepEqual(partials(directory), []);
    readSnapshot(path.join(directory, file));
    await app.complains(/^heapdump-rs: wrote /m).catch(() => assert.match(app.stderr, /^heapdump-rs: wrote /m));
  });
}

test('process.exit() while a forked child is at work: it is waited for', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { capabilities, dump } = require('heapdump-rs');
    globalThis.kept = Array.from({ length: 50000 }, (_, i) => ({ i, text: 'text ' + i }));
    if (!capabilities().fork.available) say('skip');
    dump({ path: 'a.heapsnapshot', mode: 'fork' });
    process.exit(3);
  `,
  );
  assert.deepEqual(await app.exit, { code: 3, signal: null });
  if (app.hasSaid('skip')) return t.skip('nothing is forked here');
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
  assert.deepEqual(partials(directory), []);
});

test('process.exit() before V8 begins: no hang, nothing left behind', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    require('heapdump-rs').dump({ path: 'a.heapsnapshot', mode: 'inline' });
    process.exit(4);
  `,
  );
  assert.deepEqual(await app.exit, { code: 4, signal: null });
  assert.deepEqual(partials(directory), []);
  for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
});

test('process.exit() while another thread dumps: no hang, nothing partial under its name', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    require('heapdump-rs');
    new Worker(\`
      let first = true;
      require('heapdump-rs').dump({ path: 'a.heapsnapshot', onProgress() {
        if (first) { first = false; require('node:worker_threads').parentPort.postMessage('in the middle'); }
      } });
    \`, { eval: true }).on('message', () => process.exit(5));
  `,
  );
  assert.deepEqual(await app.exit, { code: 5, signal: null });
  // The thread that removes the temporary file may end with the process before it does so. As after a kill, the next dump in the
  // directory removes it.
  assert.ok(partials(directory).length <= 1);
  const next = start(t, directory, "require('heapdump-rs').writeSnapshot('next.heapsnapshot');");
  assert.deepEqual(await next.exit, { code: 0, signal: null });
  assert.deepEqual(partials(directory), []);
  for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
});

test('a dump that was begun keeps the process alive until it has ended', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.dump({ path: 'a.heapsnapshot' });
    heapdump.dump({ path: 'b.heapsnapshot', wait: true });
  `,
  );
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  assert.deepEqual(snapshots(directory), ['a.heapsnapshot', 'b.heapsnapshot']);
});
