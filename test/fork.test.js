'use strict';
// mode: 'fork': a child takes the snapshot while the process continues.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

const heapdump = require('..');

const LONG = { timeout: 300_000, skip: heapdump.capabilities().fork.available ? false : heapdump.capabilities().fork.reason };
const root = JSON.stringify(path.join(__dirname, '..'));

/** Longer than a child needs on a busy machine. */
const DEADLINE_MS = 240_000;

/** A program that retains `count` marked objects and executes commands. */
const keeper = (count, more = '') => `
  const heapdump = require(${root});
  class Survivor { constructor(i) { this.mark = ['survivor', i].join(' '); } }
  globalThis.kept = Array.from({ length: ${count} }, (_, i) => new Survivor(i));
  ${more}
  const dump = (name, options) => heapdump.dump({ path: name, deadlineMs: ${DEADLINE_MS}, ...options }).then(
    (result) => say('result', result),
    ({ code, message }) => say('failure', { code, message }));
`;

/** Kills every child as soon as it exists, as often as requested. */
const KILLER = `
  const fs = require('node:fs');
  let kills = 0;
  const children = () => fs.readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim().split(' ').filter(Boolean);
  const seen = new Set();
  const killNext = () => {
    for (const pid of children()) {
      if (kills > 0 && !seen.has(pid)) { seen.add(pid); kills--; process.kill(pid, 'SIGKILL'); }
    }
    if (kills > 0) setImmediate(killNext);
  };
  const killing = (n) => { kills = n; killNext(); };
`;

/** mark -> id of every retained object in the file. */
function survivors(file) {
  return readSnapshot(file).idsBy('Survivor', 'mark');
}

test('a forked dump is complete, and reports its method', LONG, async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot.gz');
  const result = await heapdump.dump({ mode: 'fork', path: file, sidecar: true, deadlineMs: DEADLINE_MS });
  assert.equal(result.method, 'fork');
  assert.equal(result.fallback, null);
  assert.equal(result.bytes, fs.statSync(file).size);
  assert.deepEqual(JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).path, file);
  assert.equal(readSnapshot(file).mentions('system / Context'), true);
  assert.deepEqual(snapshots(directory), ['a.heapsnapshot.gz']);
  assert.deepEqual(partials(directory), []);
});

test('survivors keep their ids: fork, inline, fork', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(2000)}
    (async () => { for (const [i, mode] of ['fork', 'inline', 'fork'].entries()) await dump(i + '.heapsnapshot', { mode }); })();`,
  );
  const files = [];
  for (const method of ['fork', 'inline', 'fork']) {
    const result = await app.said('result');
    assert.equal(result.method, method);
    files.push(result.path);
  }
  const [first, second, third] = files.map(survivors);
  assert.equal(first.size, 2000);
  assert.deepEqual(second, first);
  assert.deepEqual(third, first);
});

test('while threads allocate and compile: every dump is complete, and no descriptor or child remains', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    const busy = 'const keep = []; for (let i = 0; ; i++) { keep[i % 5000] = { i, f: new Function("return " + i) }; }';
    for (let i = 0; i < 2; i++) new Worker(busy, { eval: true });
    ${keeper(100)}
    const fs = require('node:fs');
    setInterval(() => JSON.parse(JSON.stringify(globalThis.kept)), 1);
    (async () => {
      await dump('warm.heapsnapshot', { mode: 'fork' });
      const before = fs.readdirSync('/proc/self/fd').length;
      for (let i = 0; i < 4; i++) await dump(i + '.heapsnapshot', { mode: 'fork' });
      say('end', {
        descriptors: fs.readdirSync('/proc/self/fd').length - before,
        children: fs.readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim(),
      });
      process.exit();
    })();`,
  );
  const { descriptors, children } = await app.said('end');
  assert.ok(descriptors <= 0, `${descriptors} descriptors more`);
  assert.equal(children, '');
  for (let i = 0; i < 5; i++) readSnapshot((await app.said('result')).path);
  assert.deepEqual(partials(directory), []);
});

test('in the middle of a marking: V8 finishes it before the fork', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const binding = require(${JSON.stringify(path.join(__dirname, '..', 'lib', 'binding.js'))});
    const { capture } = require(${JSON.stringify(path.join(__dirname, '..', 'lib', 'capture', 'capture.js'))});
    ${keeper(10)}
    const kept = [];
    let i = 0;
    while (!binding.isMarking()) for (let j = 0; j < 1000; j++, i++) kept[i % 100_000] = { i, more: [i, { i }] };
    capture({ path: 'a.heapsnapshot', method: 'fork', comparable: false, force: true, reason: 'test', deadlineMs: ${DEADLINE_MS} },
      (error, result) => say('end', error ? error.message : result));
    say('marking', binding.isMarking());`,
  );
  assert.equal(await app.said('marking'), false);
  const end = await app.said('end');
  assert.equal(end.method, 'fork', String(end));
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
});

test('a killed child: a second attempt, then an inline dump, or an error', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(20000, KILLER)}
    const withKills = (n, ...args) => { killing(n); return dump(...args); };
    (async () => {
      await withKills(1, 'again.heapsnapshot', { mode: 'fork' });
      await withKills(2, 'inline.heapsnapshot', { mode: 'fork' });
      await withKills(2, 'none.heapsnapshot', { mode: 'fork', fallback: false });
      await dump('healthy.heapsnapshot', { mode: 'fork' });
      process.exit();
    })();`,
  );
  assert.equal((await app.said('result')).method, 'fork');
  const inline = await app.said('result');
  assert.equal(inline.method, 'inline');
  assert.match(inline.fallback, /signal 9/);
  assert.equal((await app.said('failure')).code, 'ERR_HEAPDUMP_CHILD');
  assert.equal((await app.said('result')).method, 'fork');
  await app.exit;
  assert.deepEqual(partials(directory), []);
  assert.deepEqual(snapshots(directory), ['again.heapsnapshot', 'healthy.heapsnapshot', 'inline.heapsnapshot']);
});

test('a child that waits for a thread of its parent ends at once', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Session } = require('node:inspector');
    const { readlinkSync } = require('node:fs');
    const post = Session.prototype.post;
    Session.prototype.post = function (method, ...rest) {
      if (method.startsWith('HeapProfiler.') && readlinkSync('/proc/self') !== String(process.pid)) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }
      return post.call(this, method, ...rest);
    };
    ${keeper(10)}
    dump('a.heapsnapshot', { mode: 'fork', fallback: false });`,
  );
  const { code, message } = await app.said('failure');
  assert.equal(code, 'ERR_HEAPDUMP_CHILD');
  assert.match(message, /in the middle of its work/);
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});

test('a peer sees its connection end while the child is at work', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(60000)}
    const server = require('node:net').createServer((socket) => {
      dump('a.heapsnapshot', { mode: 'fork' });
      socket.destroy();
    }).listen(0, '127.0.0.1', () => say('port', server.address().port));`,
  );
  const socket = net.connect(await app.said('port'), '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  assert.equal(app.hasSaid('result'), false, 'the dump was over before the connection ended');
  readSnapshot((await app.said('result')).path);
});

test('nothing of the application runs or is written twice in the child', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(100)}
    const fs = require('node:fs');
    for (const event of ['exit', 'beforeExit']) process.on(event, () => fs.appendFileSync('exits', event + ' ' + process.pid + '\\n'));
    process.stdout.write('once '.repeat(20000));
    dump('a.heapsnapshot', { mode: 'fork' });`,
  );
  const result = await app.said('result');
  await app.exit;
  assert.equal(result.method, 'fork');
  assert.equal(app.stdout.length, 'once '.length * 20000);
  assert.deepEqual(fs.readFileSync(path.join(directory, 'exits'), 'utf8').trim().split('\n'), [
    `beforeExit ${app.pid}`,
    `exit ${app.pid}`,
  ]);
});

test('an abort ends the child and leaves nothing', LONG, async (t) => {
  const directory = temporary(t);
  const controller = new AbortController();
  const pending = heapdump.dump({ mode: 'fork', path: path.join(directory, 'a.heapsnapshot'), signal: controller.signal });
  controller.abort();
  await assert.rejects(pending, { code: 'ABORT_ERR' });
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});

test("mode: 'auto' forks after the self-test; if that fails, it dumps inline and says why", LONG, async (t) => {
  const directory = temporary(t);
  const program = (setup) => `${keeper(10)}
    ${setup}
    dump('a' + process.pid + '.heapsnapshot', { mode: 'auto' }).then(() => say('fork', heapdump.capabilities().fork));`;
  const forks = start(t, directory, program(''));
  assert.equal((await forks.said('result')).method, 'fork');
  assert.deepEqual(await forks.said('fork'), { available: true });

  const cannot = start(t, directory, program("process.execPath = '/bin/false';"));
  const result = await cannot.said('result');
  assert.equal(result.method, 'inline');
  assert.match(result.fallback, /the self-test failed/);
  readSnapshot(result.path);
  const { available, reason } = await cannot.said('fork');
  assert.deepEqual([available, result.fallback.includes(reason)], [false, true]);
});

test('a signal: forked, and inline if the child dies twice; one line on stderr each time', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(20000, KILLER)}
    heapdump.on('dump', (result) => say('result', result));
    heapdump.on('error', ({ code }) => say('failure', code));
    process.on('message', () => {});
    process.stdin.on('data', (kills) => { killing(Number(kills)); process.kill(process.pid, 'SIGUSR2'); });
    say('ready', heapdump.capabilities().fork);`,
  );
  await app.said('ready');
  for (const [kills, method] of [
    [0, 'fork'],
    [1, 'fork'],
    [2, 'inline'],
  ]) {
    app.tell(kills);
    const result = await app.said('result');
    assert.deepEqual([result.method, result.reason], [method, 'SIGUSR2']);
    assert.equal(result.fallback === null, method === 'fork');
    readSnapshot(result.path);
  }
  await app.complains(/(^heapdump-rs: wrote .*\n){3}/m);
  assert.match(app.stderr, /^(heapdump-rs: wrote .*\n){3}$/);
  assert.equal(app.hasSaid('failure'), false);
  assert.equal(snapshots(directory).length, 3);
  assert.deepEqual(partials(directory), []);
});

test('a signal when it is not known yet whether forks work: the dump does not wait for it for long', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(100)}
    require('node:fs').writeFileSync('slow', '#!/bin/sh\\nexec sleep 18\\n', { mode: 0o700 });
    process.execPath = require('node:path').resolve('slow');
    setInterval(() => {}, 1 << 30);
    heapdump.on('dump', (result) => say('result', result));
    process.kill(process.pid, 'SIGUSR2');
    heapdump.once('dump', () => process.kill(process.pid, 'SIGUSR2'));`,
  );
  for (let i = 0; i < 2; i++) {
    const { fallback, method, path: file } = await app.said('result');
    assert.deepEqual([method, /not known yet/.test(fallback)], ['inline', true]);
    readSnapshot(file);
  }
});

test('a process that exits during the fork self-test is still dumped', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(100)}
    process.kill(process.pid, 'SIGUSR2');
    const children = () => require('node:fs').readdirSync('/proc/self/task')
      .map((task) => require('node:fs').readFileSync('/proc/self/task/' + task + '/children', 'utf8')).join('');
    const leave = () => (children() === '' ? setImmediate(leave) : process.exit(3));
    leave();`,
  );
  assert.deepEqual(await app.exit, { code: 3, signal: null });
  const [file, ...others] = snapshots(directory);
  assert.deepEqual(others, []);
  readSnapshot(path.join(directory, file));
});

test('a signal, a dead child, and then stuck JavaScript: the dump is still written', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(20000)}
    const fs = require('node:fs');
    const child = () => fs.readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim();
    const stick = () => {
      if (!child()) return setImmediate(stick);
      process.kill(Number(child()), 'SIGKILL');
      for (;;);
    };
    heapdump.capabilities().fork; // The self-test has a child, too.
    process.kill(process.pid, 'SIGUSR2');
    stick();`,
  );
  await app.complains(/^heapdump-rs: wrote /m);
  const [file] = snapshots(directory);
  assert.equal(readSnapshot(path.join(directory, file)).count('Survivor'), 20000);
  assert.deepEqual(partials(directory), []);
});

test("threads: 'all' forks from every thread", LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${keeper(100)}
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(\`
      require(${root});
      class InWorker {}
      globalThis.kept = new InWorker();
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => process.exit());
      parentPort.postMessage('ready');
    \`, { eval: true });
    worker.once('message', () => heapdump.dump({ threads: 'all', mode: 'fork', path: 'a.heapsnapshot', deadlineMs: ${DEADLINE_MS} }).then((results) => say('results', results)).then(() => process.exit()));`,
  );
  const results = await app.said('results');
  assert.deepEqual(
    results.map(({ method, threadId }) => [method, threadId]),
    [
      ['fork', 0],
      ['fork', 1],
    ],
  );
  assert.deepEqual(
    results.map(({ path }) => readSnapshot(path).count('InWorker')),
    [0, 1],
  );
});
