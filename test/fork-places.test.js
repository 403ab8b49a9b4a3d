'use strict';
// Forked dumps in the environments of services: under flags, in threads, in containers.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, temporary } = require('./support/temporary.js');
const { jemalloc, succeeds } = require('./support/tools.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const FORKS = { timeout: 300_000, skip: heapdump.capabilities().fork.available ? false : heapdump.capabilities().fork.reason };

/** Dumps twice and reports the methods. */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  class Marked {}
  globalThis.kept = new Marked();
  const dump = (path) => heapdump.dump({ path, mode: 'fork', deadlineMs: 240_000 });
  (async () => {
    const results = [await dump('a.heapsnapshot'), await dump('b.heapsnapshot')];
    say('results', results.map(({ path, method, fallback }) => ({ path, method, fallback })));
  })();
`;

async function works(app, directory) {
  for (const { path: file, method, fallback } of await app.said('results')) {
    assert.deepEqual({ method, fallback }, { method: 'fork', fallback: null });
    assert.equal(readSnapshot(path.join(directory, path.basename(file))).count('Marked'), 1);
  }
  assert.deepEqual(partials(directory), []);
}

for (const flag of ['--max-old-space-size=200', '--inspect=0', '--cpu-prof', '--jitless', '--single-threaded']) {
  test(`node ${flag}`, FORKS, async (t) => {
    const directory = temporary(t);
    await works(start(t, directory, PROGRAM, { execArgv: [flag] }), directory);
  });
}

test('as process 1 of a PID namespace', FORKS, async (t) => {
  const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  if (!succeeds(...unshare, 'true')) return t.skip('no namespace can be made here');
  const directory = temporary(t);
  const app = start(t, directory, `${PROGRAM} say('pid', process.pid);`, { prefix: unshare });
  assert.equal(await app.said('pid'), 1);
  await works(app, directory);
  assert.deepEqual(await app.exit, { code: 0, signal: null });
});

test('with a regular file in the place of /dev/null', FORKS, async (t) => {
  const directory = temporary(t);
  fs.writeFileSync(path.join(directory, 'null'), '');
  const prefix = ['unshare', '--mount', 'sh', '-c', 'mount --bind null /dev/null && exec "$@"', 'sh'];
  if (spawnSync(prefix[0], [...prefix.slice(1), 'true'], { cwd: directory }).status !== 0) {
    return t.skip('no namespace can be made here');
  }
  const app = start(
    t,
    directory,
    `const { fork } = require('heapdump-rs').capabilities(); say('fork', fork.available || fork.reason);`,
    {
      prefix,
    },
  );
  assert.equal(await app.said('fork'), true);
});

test('with jemalloc', FORKS, async (t) => {
  const { library, skip } = jemalloc();
  if (skip) return t.skip(skip);
  const directory = temporary(t);
  await works(start(t, directory, PROGRAM, { env: { LD_PRELOAD: library } }), directory);
});

test('in a worker thread', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    new Worker(${JSON.stringify(`const { parentPort } = require('node:worker_threads'); const say = (is, value) => parentPort.postMessage(value); ${PROGRAM}`)}, { eval: true })
      .on('message', (results) => say('results', results));
  `,
  );
  await works(app, directory);
});

test('in a worker of a cluster', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const cluster = require('node:cluster');
    if (cluster.isPrimary) cluster.fork().on('message', (results) => { say('results', results); cluster.disconnect(); });
    else ((say) => { ${PROGRAM} })((is, value) => process.send(value));
  `,
  );
  await works(app, directory);
  assert.deepEqual(await app.exit, { code: 0, signal: null });
});

test('no finalizer, timer, worker or promise of the application runs in the child', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const fs = require('node:fs');
    const trace = (what) => fs.appendFileSync('trace', what + ' ' + fs.readlinkSync('/proc/self') + '\\n');
    const { Worker } = require('node:worker_threads');
    new Worker("const fs = require('node:fs'); setInterval(() => fs.appendFileSync('trace', 'worker ' + fs.readlinkSync('/proc/self') + '\\\\n'), 5);", { eval: true }).unref();
    const registry = new FinalizationRegistry(() => trace('finalizer'));
    for (let i = 0; i < 100; i++) registry.register({ i }, i);
    setInterval(() => trace('timer'), 5).unref();
    setImmediate(() => trace('immediate'));
    process.on('exit', () => trace('exit'));
    ${PROGRAM}
    Promise.resolve().then(() => trace('promise'));
  `,
  );
  await works(app, directory);
  await app.exit;
  const pids = fs
    .readFileSync(path.join(directory, 'trace'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]));
  assert.deepEqual([...new Set(pids)], [app.pid]);
});

test('a seccomp filter that refuses processes: dumped inline, with the reason', FORKS, async (t) => {
  if (process.arch !== 'x64') return t.skip('the filter is for x86-64');
  const prefix = ['python3', path.join(__dirname, 'support/no-fork.py')];
  if (!succeeds(...prefix, 'true')) return t.skip('no filter can be set here');
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    const report = ({ method, fallback, path, message }) => say('result', { method, fallback, path, message });
    (async () => {
      for (const mode of ['auto', 'fork']) await heapdump.dump({ path: mode + '.heapsnapshot', mode }).then(report, report);
      await heapdump.dump({ path: 'none.heapsnapshot', mode: 'fork', fallback: false }).catch(({ code, syscall }) => say('refused', { code, syscall }));
      heapdump.on('dump', (result) => result.reason === 'SIGUSR2' && report(result));
      heapdump.install({ mode: 'auto' });
      process.kill(process.pid, 'SIGUSR2');
      setInterval(() => {}, 1 << 30);
    })();
  `,
    { prefix },
  );
  for (let i = 0; i < 3; i++) {
    const { method, fallback, path: file, message } = await app.said('result');
    assert.equal(method, 'inline', message);
    assert.match(fallback, /no process can be started|fork/);
    readSnapshot(file);
  }
  assert.deepEqual(await app.said('refused'), { code: 'EPERM', syscall: 'fork' });
  assert.deepEqual(partials(directory), []);
});
