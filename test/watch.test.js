'use strict';
// watch(): automatic dumps, when memory grows and when it runs out.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary, written } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const LONG = { timeout: 180_000 };
const FORKS = { ...LONG, skip: heapdump.capabilities().fork.available ? false : 'nothing is forked here' };

/** Reports the results of dumps; `collect()` resolves when the observers of garbage collections have been called. */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  heapdump.on('dump', ({ path, reason, method }) => say('dump', { path, reason, method }));
  heapdump.on('error', ({ code, resource }) => say('error', { code, resource }));
  const { PerformanceObserver } = require('node:perf_hooks');
  const collect = () => new Promise((resolve) => {
    new PerformanceObserver((list, observer) => { observer.disconnect(); setImmediate(resolve); }).observe({ entryTypes: ['gc'] });
    globalThis.gc();
  });
  setInterval(() => {}, 1 << 30); // Observers of garbage collections run when the loop turns.
  const grow = (megabytes) => Array.from({ length: megabytes }, () => new Array(131072).fill(0.5));
`;

test('growth: once, again after the next growth, and no more than maxDumps; the oldest are removed', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${PROGRAM}
    const kept = [];
    const watcher = heapdump.watch({ growth: 8 << 20, cooldownMs: 0, maxDumps: 3, keepLast: 2, dir: 'dumps', sources: true, nearHeapLimit: false });
    (async () => {
      await collect();
      say('before', watcher.dumps);
      for (let i = 0; i < 3; i++) {
        const dumped = new Promise((resolve) => heapdump.once('dump', resolve));
        kept.push(grow(12));
        await collect();
        await dumped;
        await collect(); // Nothing has grown since.
      }
      say('end', { dumps: watcher.dumps, active: watcher.active });
      process.exit();
    })();
  `,
    { execArgv: ['--expose-gc'] },
  );
  assert.equal(await app.said('before'), 0);
  const files = [];
  for (let i = 0; i < 3; i++) {
    const { path: file, reason } = await app.said('dump');
    assert.equal(reason, 'watch: growth');
    files.push(path.basename(file));
  }
  assert.deepEqual(await app.said('end'), { dumps: 3, active: false });
  assert.deepEqual(snapshots(path.join(directory, 'dumps')), files.slice(1).sort());
  const sources = files.slice(1).map((name) => name.replace('.heapsnapshot', '.sources.json.gz'));
  assert.deepEqual(fs.readdirSync(path.join(directory, 'dumps')).sort(), [...files.slice(1), ...sources].sort());
});

test('heapUsedRatio: armed again only when it has fallen; a cooldown holds back', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${PROGRAM}
    const limit = require('node:v8').getHeapStatistics().heap_size_limit;
    const ratio = (process.memoryUsage().heapUsed + (20 << 20)) / limit;
    let watcher = heapdump.watch({ heapUsedRatio: ratio, cooldownMs: 0, nearHeapLimit: false });
    (async () => {
      let kept = grow(30);
      const first = new Promise((resolve) => heapdump.once('dump', resolve));
      await collect();
      await first;
      await collect();
      await collect();
      say('still above', watcher.dumps);
      kept = undefined;
      await collect();
      kept = grow(30);
      const second = new Promise((resolve) => heapdump.once('dump', resolve));
      await collect();
      await second;
      say('fallen and risen', watcher.dumps);
      watcher.stop();
      await collect();
      say('end', [watcher.active, kept.length]);
    })();
  `,
    { execArgv: ['--expose-gc'] },
  );
  assert.equal(await app.said('still above'), 1);
  assert.equal(await app.said('fallen and risen'), 2);
  assert.deepEqual(await app.said('end'), [false, 30]);
});

test('rss and everyMs look without a collection; a quota that is too small is an error', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `${PROGRAM}
    heapdump.watch({ rss: 1, everyMs: 5, cooldownMs: 0, diskQuota: 1000 });
    process.stdin.once('data', () => heapdump.watch({ rss: 1, everyMs: 5, maxDumps: 1 }));
  `,
  );
  assert.deepEqual(await app.said('error'), { code: 'ERR_HEAPDUMP_HEADROOM', resource: 'diskQuota' });
  app.tell('go');
  const { path: file, reason } = await app.said('dump');
  assert.equal(reason, 'watch: rss');
  readSnapshot(file);
});

test('the environment switches it off; wrong options throw', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `${PROGRAM}
    say('active', heapdump.watch({ rss: 1, everyMs: 1 }).active);
  `,
    { env: { NODE_HEAPDUMP_OPTIONS: 'nowatch' } },
  );
  assert.equal(await app.said('active'), false);
  assert.equal(app.stderr, '');
  const ends = start(t, temporary(t), "require('heapdump-rs').watch({ rss: 1e15, everyMs: 10 });");
  assert.deepEqual(await ends.exit, { code: 0, signal: null }, 'a watch keeps no process alive');
  for (const options of [
    { heapUsedRatio: 0 },
    { heapUsedRatio: 2 },
    { heapUsedRatio: '1' },
    { growth: -1 },
    { everyMs: 0 },
    { nearHeapLimit: false },
    { ratio: 1 },
  ]) {
    assert.throws(
      () => heapdump.watch(options),
      ({ code }) => /^ERR_(INVALID_ARG|OUT_OF)/.test(code),
      JSON.stringify(options),
    );
  }
});

// In pieces of a kilobyte: checking a file of a million objects takes longer than writing it.
const PIECE = 'Array.from({ length: 128 }, (_, i) => i + 0.5)';
for (const [name, leak] of [
  ['in a loop that never ends', `for (;;) leaked.push(${PIECE});`],
  ['little by little', `setInterval(() => { for (let n = 0; n < 1000; n++) leaked.push(${PIECE}); }, 1);`],
]) {
  test(`a process with a limit of 100 MB that leaks ${name} until it dies leaves one complete snapshot`, FORKS, async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `
      const heapdump = require('heapdump-rs');
      heapdump.capabilities().fork;
      heapdump.watch({ maxDumps: 1 });
      class Leak { constructor() { this.list = []; } }
      globalThis.leak = new Leak();
      const leaked = globalThis.leak.list;
      ${leak}
    `,
      { execArgv: ['--max-old-space-size=100'] },
    );
    const { code, signal } = await app.exit;
    assert.ok(code !== 0 || signal, 'it died');
    const [file] = await written(directory);
    assert.equal(readSnapshot(file).count('Leak'), 1);
    assert.deepEqual([snapshots(directory).length, partials(directory)], [1, []]);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });
}
