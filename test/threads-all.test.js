'use strict';
// threads: 'all': every thread that loaded the package dumps itself, including busy ones.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary, written } = require('./support/temporary.js');

const LONG = { timeout: 180_000 };

/** Starts an idle worker, a stuck one, and one that has not loaded the package. */
const THREADS = `
  const { Worker } = require('node:worker_threads');
  const heapdump = require('heapdump-rs');
  class Here {}
  globalThis.kept = new Here();
  const worker = (load, then) => new Promise((resolve) => {
    const thread = new Worker(\`
      \${load}
      class \${then ? 'Stuck' : 'Idle'} {}
      globalThis.kept = new \${then ? 'Stuck' : 'Idle'}();
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => process.exit());
      parentPort.postMessage('ready');
      \${then}
    \`, { eval: true });
    thread.once('message', () => resolve(thread));
  });
  const LOAD = "require('heapdump-rs');";
  const threads = (async () => [await worker(LOAD, ''), await worker(LOAD, 'for (;;);'), await worker('', '')])();
`;

test("dump({ threads: 'all' }) gives one result for each", LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${THREADS}
    threads.then(async () => {
      const results = await heapdump.dump({ threads: 'all', mode: 'inline', path: 'a.b.heapsnapshot.gz', sidecar: true });
      say('results', results.map(({ path, method, threadId }) => ({ path, method, threadId })));
    });
  `,
  );
  const results = await app.said('results');
  assert.deepEqual(
    results.map(({ path, threadId }) => ({ path, threadId })),
    [0, 1, 2].map((threadId) => ({
      path: path.join(directory, `a.b.t${threadId}.heapsnapshot.gz`),
      threadId,
    })),
  );
  // On a busy machine the idle one may also exceed its second.
  assert.deepEqual([results[0].method, results[2].method], ['inline', 'interrupt']);
  assert.deepEqual(
    results.map(({ path }) => {
      const snapshot = readSnapshot(path);
      return ['Here', 'Idle', 'Stuck'].map((name) => snapshot.count(name));
    }),
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  );
  assert.equal(snapshots(directory).length, 3);
  assert.deepEqual(partials(directory), []);
});

test("install({ threads: 'all' }): one signal, a file for each, where the installer said", LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${THREADS}
    heapdump.install({ threads: 'all', dir: 'all', name: '{pid}-{seq}.heapsnapshot', wedgedAfterMs: 100 });
    threads.then(() => say('ready'));
  `,
  );
  await app.said('ready');
  require('node:fs').mkdirSync(path.join(directory, 'all'));
  app.kill('SIGUSR2');
  const all = path.join(directory, 'all');
  const files = await written(all, 3);
  // Regression: workers used to write to the current directory, under the default name.
  const names = [`${app.pid}-001.heapsnapshot`, `${app.pid}-001.t1.heapsnapshot`, `${app.pid}-001.t2.heapsnapshot`];
  assert.deepEqual(files.map((file) => path.basename(file)).sort(), names);
  const [main, idle, stuck] = names.map((name) => readSnapshot(path.join(all, name)));
  assert.deepEqual([main.count('Here'), idle.count('Idle'), stuck.count('Stuck')], [1, 1, 1]);
  assert.deepEqual(snapshots(directory), []);
  // Every thread has a line of its own.
  for (const name of names) await app.complains(new RegExp(`^heapdump-rs: wrote .*/${name} `, 'm'));
});

test('default names get the number of the thread before their ending', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${THREADS}
    threads.then(() => heapdump.dump({ threads: 'all' })).then((results) => say('paths', results.map(({ path }) => path)));
  `,
  );
  const names = (await app.said('paths')).map((file) => path.relative(directory, file));
  const stem = /^(heapdump-\d+\.\d+)\.t0\.heapsnapshot$/.exec(names[0])[1];
  assert.deepEqual(
    names,
    [0, 1, 2].map((thread) => `${stem}.t${thread}.heapsnapshot`),
  );
});

test('a thread that cannot be dumped: the error names it, the others are dumped', LONG, async (t) => {
  const directory = temporary(t);
  require('node:fs').mkdirSync(path.join(directory, 'a.t1.heapsnapshot'));
  const app = start(
    t,
    directory,
    `${THREADS}
    threads.then(() => heapdump.dump({ threads: 'all', path: 'a.heapsnapshot' })).catch((error) => say('error', {
      name: error.constructor.name, code: error.code, errors: error.errors.map(({ code, path }) => ({ code, path })),
      results: error.results.map(({ threadId }) => threadId),
    }));
  `,
  );
  assert.deepEqual(await app.said('error'), {
    name: 'AggregateError',
    code: 'EISDIR',
    errors: [{ code: 'EISDIR', path: path.join(directory, 'a.t1.heapsnapshot') }],
    results: [0, 2],
  });
});

test('a thread that ends before its dump begins is left out', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${THREADS}
    threads.then(async ([idle, stuck]) => {
      const dumped = heapdump.dump({ threads: 'all', path: 'a.heapsnapshot' });
      await Promise.all([idle.terminate(), stuck.terminate()]);
      say('threads', (await dumped).map(({ threadId }) => threadId));
    });
  `,
  );
  assert.equal((await app.said('threads'))[0], 0);
  assert.deepEqual(partials(directory), []);
});

test('AbortSignal ends the dump of all threads between two, and while one is awaited', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${THREADS}
    threads.then(async () => {
      const between = new AbortController();
      heapdump.once('dump', () => between.abort('enough')); // of this thread, the first
      const first = await heapdump.dump({ threads: 'all', path: 'a.heapsnapshot', signal: between.signal }).catch((error) => error);
      // A thread that cannot be reached: blocked, with interrupts disabled.
      heapdump.install({ wedgedAfterMs: false });
      const awaited = new AbortController();
      setTimeout(() => awaited.abort('enough'), 500);
      const second = await heapdump.dump({ threads: 'all', path: 'b.heapsnapshot', signal: awaited.signal }).catch((error) => error);
      say('errors', [first, second].map(({ name, code }) => ({ name, code })));
    });
  `,
  );
  const aborted = { name: 'AbortError', code: 'ABORT_ERR' };
  assert.deepEqual(await app.said('errors'), [aborted, aborted]);
  assert.ok(snapshots(directory).includes('a.t0.heapsnapshot'));
  assert.ok(!snapshots(directory).includes('a.t2.heapsnapshot'));
});

test("in a worker, threads: 'all' is refused", LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    new Worker(\`
      const { parentPort } = require('node:worker_threads');
      try { require('heapdump-rs').dump({ threads: 'all' }); } catch (error) { parentPort.postMessage(error.code); }
    \`, { eval: true }).on('message', (code) => say('code', code));
  `,
  );
  assert.equal(await app.said('code'), 'ERR_INVALID_ARG_VALUE');
});
