'use strict';
// A blocked main thread, and a signal: the dump succeeds.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { starvedMs } = require('./support/starved.js');
const { snapshots, temporary, written } = require('./support/temporary.js');

/** Maximum time from the signal to the file of a stuck process with a small heap, on a processor of its own. */
const BOUND_MS = 3000;

const STUCK = {
  'while (true) {}': 'while (true) {}',
  'a hot numeric loop': 'let x = 1; for (let i = 0; i >= 0; i = (i + 1) % 1e9) x = (x * 31 + i) | 0;',
  'catastrophic backtracking': "/^(a+)+$/.test('a'.repeat(60) + 'b');",
  'a JSON loop': 'const o = { a: [1, 2, { b: "c".repeat(1000) }] }; for (;;) JSON.parse(JSON.stringify(o));',
  'Atomics.wait': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
  'a microtask loop': '(async () => { for (;;) await null; })();',
};

const SKIP = process.platform !== 'linux' && process.platform !== 'darwin' && 'no signals here';

for (const [name, code] of Object.entries(STUCK)) {
  test(`stuck in ${name}: the dump is complete within ${BOUND_MS} ms`, { skip: SKIP, timeout: 180_000 }, async (t) => {
    const times = [];
    // The best of three, because other programs of a test machine take processor time.
    while (!times.some((ms) => ms < BOUND_MS)) {
      times.push(await dumpOfStuck(t, code));
      if (times.length === 3) break;
    }
    t.diagnostic(`${times.map(Math.round).join(', ')} ms from signal to file`);
    assert.ok(Math.min(...times) < BOUND_MS);
  });
}

async function dumpOfStuck(t, code) {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    require('heapdump-rs').install({ sidecar: true });
    class Marked {}
    globalThis.kept = new Marked();
    setImmediate(() => {
      setImmediate(() => say('turned'));
      say('ready');
      ${code}
    });
  `,
  );
  await app.said('ready');
  const sent = performance.now() - starvedMs(app.pid);
  app.kill('SIGUSR2');
  const [file] = await written(directory);
  const ms = performance.now() - starvedMs(app.pid) - sent;
  assert.equal(app.hasSaid('turned'), false, 'it is still stuck');
  assert.equal(JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).method, 'interrupt');
  assert.equal(readSnapshot(file).count('Marked'), 1);
  return ms;
}

test('a stuck thread can be dumped again and again', { skip: SKIP, timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    require('heapdump-rs').install({ wedgedAfterMs: 50 });
    say('ready');
    while (true) {}
  `,
  );
  await app.said('ready');
  for (let count = 1; count <= 4; count++) {
    app.kill('SIGUSR2');
    for (const file of await written(directory, count)) readSnapshot(file);
  }
});

test('an interrupted program continues with correct results', { skip: SKIP, timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { existsSync, readdirSync } = require('node:fs');
    require('heapdump-rs').install({ wedgedAfterMs: 100 });
    require('heapdump-rs').on('dump', ({ method }) => say('method', method));
    say('ready');
    let sum = 0, rounds = 0;
    try {
      while (!readdirSync('.').some((name) => name.endsWith('.heapsnapshot'))) { sum += ++rounds; }
    } finally {
      say('sum', sum === rounds * (rounds + 1) / 2);
    }
    setTimeout(() => say('turned'), 1);
  `,
  );
  await app.said('ready');
  app.kill('SIGUSR2');
  assert.equal(await app.said('sum'), true);
  assert.equal(await app.said('method'), 'interrupt');
  await app.said('turned');
  assert.deepEqual(await app.exit, { code: 0, signal: null });
});

test(
  'a timeout of vm that expires in the middle of the dump still ends the script',
  { skip: SKIP, timeout: 360_000 },
  async (t) => {
    // Regression: the dump swallowed the termination, and its unfinished state blocked all later dumps.
    // Node's own inspector code swallows it if it expires while a chunk is passed to JavaScript (see
    // docs/stuck-processes.md): rare, and not three times in a row.
    const ATTEMPTS = 3;
    let struck;
    for (let attempt = 0; attempt < ATTEMPTS && !struck; attempt++) {
      const directory = temporary(t);
      const app = start(
        t,
        directory,
        `
      const heapdump = require('heapdump-rs');
      globalThis.kept = Array.from({ length: 100000 }, (_, i) => ({ i, text: 'text ' + i }));
      heapdump.install({ wedgedAfterMs: 1 });
      heapdump.once('error', ({ code }) => say('error', code));
      heapdump.once('dump', () => say('dump'));
      say('ready');
      try { require('node:vm').runInNewContext('for (;;);', {}, { timeout: 400 }); } catch ({ code }) { say('vm', code); }
      heapdump.dump({ path: 'next.heapsnapshot', wait: true }).then(() => say('next'), ({ code }) => say('next', code));
    `,
      );
      const limit = setTimeout(() => app.kill('SIGKILL'), 90_000);
      await app.said('ready');
      app.kill('SIGUSR2');
      struck = await app.said('vm').catch(() => undefined);
      if (struck) {
        assert.equal(struck, 'ERR_SCRIPT_EXECUTION_TIMEOUT');
        assert.equal(await app.said('next'), undefined);
        assert.deepEqual(await app.exit, { code: 0, signal: null });
        assert.ok(app.hasSaid('error') || app.hasSaid('dump'), 'the dump ended with a result or an error');
      }
      clearTimeout(limit);
      for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
    }
    assert.ok(struck, 'the timeout struck');
  },
);

test(
  'an event loop that responds in time is not interrupted; wedgedAfterMs: false never interrupts',
  { skip: SKIP, timeout: 180_000 },
  async (t) => {
    for (const [wedgedAfterMs, blocked] of [
      [30_000, 0],
      [false, 2000],
    ]) {
      const directory = temporary(t);
      const app = start(
        t,
        directory,
        `
      const heapdump = require('heapdump-rs');
      heapdump.install({ wedgedAfterMs: ${wedgedAfterMs} });
      heapdump.on('dump', ({ method }) => say('method', method));
      say('ready');
      const end = Date.now() + ${blocked};
      while (Date.now() < end);
      setInterval(() => {}, 1 << 30);
    `,
      );
      await app.said('ready');
      app.kill('SIGUSR2');
      assert.notEqual(await app.said('method'), 'interrupt');
      assert.equal(snapshots(directory).length, 1);
    }
  },
);

test(
  'without RequestInterrupt: capabilities() reports it, and the dump is taken when the event loop runs',
  { skip: SKIP, timeout: 120_000 },
  async (t) => {
    const directory = temporary(t);
    const node = withoutSymbol(directory, '_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_');
    if (!node) return t.skip('this Node does not export the symbol in the first place');
    const app = start(
      t,
      directory,
      `
    const heapdump = require('heapdump-rs');
    heapdump.install({ wedgedAfterMs: 50 });
    heapdump.on('dump', ({ method }) => say('method', method));
    say('ready', heapdump.capabilities().interrupt);
    const end = Date.now() + 1500;
    while (Date.now() < end);
    say('loop is about to turn', require('node:fs').readdirSync('.').filter((name) => /partial|heapsnapshot/.test(name)));
    setInterval(() => {}, 1 << 30);
  `,
      { node },
    );
    const interrupt = await app.said('ready');
    assert.equal(interrupt.available, false);
    assert.match(interrupt.reason, /RequestInterrupt/);
    app.kill('SIGUSR2');
    assert.deepEqual(await app.said('loop is about to turn'), []);
    assert.notEqual(await app.said('method'), 'interrupt');
    readSnapshot((await written(directory))[0]);
  },
);

/** A copy of the Node executable in which `symbol` has another name. */
function withoutSymbol(directory, symbol) {
  const bytes = fs.readFileSync(process.execPath);
  let found = false;
  for (let at = bytes.indexOf(symbol); at >= 0; at = bytes.indexOf(symbol, at + 1)) {
    found = true;
    bytes.write('X', at + symbol.length - 1, 'latin1');
  }
  if (!found) return undefined;
  const copy = path.join(directory, 'node-without-symbol');
  fs.writeFileSync(copy, bytes, { mode: 0o755 });
  return copy;
}
