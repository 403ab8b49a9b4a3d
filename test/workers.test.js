'use strict';
// Worker threads: many at once, terminated in the middle, created and destroyed by the hundred.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

/** How often eight workers dump at once; `test:soak` sets 50. */
const ROUNDS = Number(process.env.HEAPDUMP_TEST_ROUNDS ?? 3);
/** Number of workers that start and end. */
const CYCLES = Number(process.env.HEAPDUMP_TEST_CYCLES ?? 200);

test(
  `8 workers dump at once, one is terminated in the middle, ${ROUNDS} times: no crash`,
  { timeout: 120_000 + ROUNDS * 60_000 },
  async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `
    const { Worker } = require('node:worker_threads');
    const fs = require('node:fs');
    const heapdump = require('heapdump-rs');
    const WORKER = \`
      const { parentPort, workerData } = require('node:worker_threads');
      const heapdump = require('heapdump-rs');
      let first = true;
      heapdump.dump({ name: 'w' + workerData + '.heapsnapshot', dir: '.', overwrite: true, wait: true, onProgress() {
        if (first) { first = false; parentPort.postMessage('in the middle'); }
      } }).then(() => parentPort.postMessage('done'));
    \`;
    async function round(n) {
      const victim = n % 8;
      const ends = Array.from({ length: 8 }, (_, i) => new Promise((resolve, reject) => {
        const worker = new Worker(WORKER, { eval: true, workerData: i });
        let last = 'nothing';
        worker.on('message', (message) => {
          last = message;
          // In the middle of V8's work, or while it waits for the lock, or just after.
          if (message === 'in the middle' && i === victim) worker.terminate();
        });
        if (n % 3 === 2 && i === victim) worker.once('online', () => setImmediate(() => worker.terminate()));
        worker.on('error', reject).on('exit', () => resolve({ i, last }));
      }));
      const own = heapdump.dump({ path: 'main.heapsnapshot', overwrite: true, wait: true });
      const results = await Promise.all(ends);
      await own;
      // A file started by the terminated one may still be published, so wait for the lock.
      await heapdump.dump({ path: 'main.heapsnapshot', overwrite: true, wait: true });
      say('round', { victim, results, left: fs.readdirSync('.').filter((name) => name.endsWith('.partial')) });
    }
    (async () => {
      for (let n = 0; n < ${ROUNDS}; n++) await round(n);
      say('end');
    })();
  `,
    );
    for (let n = 0; n < ROUNDS; n++) {
      const { victim, results, left } = await app.said('round');
      for (const { i, last } of results) if (i !== victim) assert.equal(last, 'done', `worker ${i} in round ${n}`);
      assert.deepEqual(left, []);
    }
    await app.said('end');
    assert.deepEqual(await app.exit, { code: 0, signal: null });
    assert.equal(app.stderr, '');
    assert.ok(snapshots(directory).length >= 8);
    for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
  },
);

const PROC = process.platform !== 'linux' && 'threads and descriptors are counted in /proc';

test(`${CYCLES} workers come and go: no thread, descriptor or memory is left`, { skip: PROC, timeout: 240_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    const fs = require('node:fs');
    const heapdump = require('heapdump-rs');
    const run = (code) => new Promise((resolve, reject) => {
      new Worker(code, { eval: true }).on('error', reject).on('exit', resolve);
    });
    const names = () => fs.readdirSync('/proc/self/task').map((id) => {
      try { return fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(); } catch { return ''; }
    }).filter((name) => name.startsWith('heapdump'));
    const count = () => ({
      threads: fs.readdirSync('/proc/self/task').length, descriptors: fs.readdirSync('/proc/self/fd').length,
      ours: names(), rss: process.memoryUsage().rss,
    });
    (async () => {
      const LOAD = "require('heapdump-rs').on('dump', () => {})";
      const DUMP = "require('heapdump-rs').writeSnapshot('w.heapsnapshot')";
      const rounds = async (count) => {
        for (let i = 0; i < count; i += 4) {
          await Promise.all([run(LOAD), run(LOAD), run(LOAD), run(i % 40 ? LOAD : DUMP)]);
        }
      };
      await rounds(80); // Node and the allocator have filled their caches after these.
      const before = count();
      await rounds(${CYCLES});
      say('counts', { before, after: count() });
    })();
  `,
    { env: { MALLOC_ARENA_MAX: '1' } },
  ); // An arena per thread makes the size random.
  const { before, after } = await app.said('counts');
  t.diagnostic(`rss ${(before.rss / 1e6).toFixed(0)} -> ${(after.rss / 1e6).toFixed(0)} MB`);
  assert.equal(after.threads, before.threads);
  assert.equal(after.descriptors, before.descriptors);
  assert.deepEqual(before.ours, ['heapdump-trigge']); // the kernel keeps 15 letters
  assert.deepEqual(after.ours, ['heapdump-trigge']);
  // A running worker costs about 10 MB, so a leak of one in thirty would be visible.
  assert.ok(after.rss - before.rss < 60e6, `${after.rss - before.rss} bytes more`);
});

test('only a worker loads the package: its thread and session are gone with it', { skip: PROC, timeout: 180_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    const fs = require('node:fs');
    const nameOf = (id) => { try { return fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8'); } catch { return ''; /* has just ended */ } };
    const ours = () => fs.readdirSync('/proc/self/task').filter((id) => /heapdump/.test(nameOf(id))).length;
    const worker = new Worker(\`
      const heapdump = require('heapdump-rs');
      heapdump.install({ quiet: true });
      heapdump.on('dump', ({ threadId, isMainThread, path }) => { require('node:worker_threads').parentPort.postMessage({ threadId, isMainThread, path }); });
      require('node:worker_threads').parentPort.on('message', () => process.exit());
      require('node:worker_threads').parentPort.postMessage('ready');
    \`, { eval: true });
    worker.on('message', (message) => {
      if (message === 'ready') return say('ready', ours());
      say('dump', message);
      // A thread that has reported the end of a dump exists for another moment.
      const leave = () => (ours() > 0 ? setImmediate(leave) : say('gone', ours()));
      worker.on('exit', () => { leave(); setInterval(() => {}, 1 << 30); }).postMessage('exit');
    });
  `,
  );
  assert.equal(await app.said('ready'), 1);
  app.kill('SIGUSR2');
  const { threadId, isMainThread, path: file } = await app.said('dump');
  assert.deepEqual({ threadId, isMainThread }, { threadId: 1, isMainThread: false });
  readSnapshot(file);
  assert.equal(await app.said('gone'), 0);
  app.kill('SIGUSR2');
  assert.deepEqual(await app.exit, { code: null, signal: 'SIGUSR2' }, 'what was installed by the worker ended with it');
});

test('terminating a worker that is stuck and was asked for a dump does no harm', { timeout: 120_000 }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    const heapdump = require('heapdump-rs');
    heapdump.install({ threads: 'all', wedgedAfterMs: 1, quiet: true });
    // The package keeps no process alive, and a signal may be in flight when the worker is gone.
    const alive = setInterval(() => {}, 1000);
    (async () => {
      for (let i = 0; i < 6; i++) {
        const worker = new Worker("require('heapdump-rs'); require('node:worker_threads').parentPort.postMessage('stuck'); for (;;);", { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        const main = new Promise((resolve) => heapdump.once('dump', resolve));
        process.kill(process.pid, 'SIGUSR2');
        if (i % 2) await main;
        await worker.terminate();
        await main;
      }
      await heapdump.dump({ path: 'last.heapsnapshot', wait: true });
      clearInterval(alive);
      say('end');
    })();
  `,
  );
  await app.said('end');
  app.child.stdin.end();
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  assert.deepEqual(partials(directory), []);
  for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
});
