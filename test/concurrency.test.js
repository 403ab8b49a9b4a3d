'use strict';
// One dump at a time: refusing, waiting, blocking, aborting.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { cleanup } = require('./support/cleanup.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('../index.js');

const LONG = { timeout: 180_000 };
const BUSY = { code: 'ERR_HEAPDUMP_BUSY', message: 'another heap snapshot of this process is being taken' };

/** Returns paths in a directory of the test. */
function files(t) {
  const directory = temporary(t);
  return { directory, at: (name) => path.join(directory, `${name}.heapsnapshot`) };
}

test('a second dump is refused, with wait: true it follows', LONG, async (t) => {
  const { at, directory } = files(t);
  const outcomes = await Promise.allSettled([
    heapdump.dump({ path: at('first') }),
    heapdump.dump({ path: at('refused') }),
    heapdump.dump({ path: at('second'), wait: true }),
    heapdump.dump({ path: at('third'), wait: true }),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.equal(outcomes[1].reason.code, BUSY.code);
  assert.equal(outcomes[1].reason.message, BUSY.message);
  assert.deepEqual(snapshots(directory), ['first.heapsnapshot', 'second.heapsnapshot', 'third.heapsnapshot']);
  for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
});

test('writeSnapshot() waits for a dump() that is being finished', LONG, async (t) => {
  const { at } = files(t);
  const dump = heapdump.dump({ path: at('a') });
  assert.equal(heapdump.writeSnapshot(at('b')), true);
  readSnapshot(at('b'));
  await dump;
  readSnapshot(at('a'));
});

test('a dump from within onProgress is refused, and the outer one succeeds', LONG, async (t) => {
  const { at, directory } = files(t);
  const inner = [];
  await heapdump.dump({
    path: at('outer'),
    onProgress() {
      if (inner.length) return;
      inner.push(new Promise((resolve) => heapdump.writeSnapshot(at('inner'), resolve)));
      inner.push(heapdump.dump({ path: at('inner') }).catch((error) => error));
    },
  });
  const [fromCallback, rejected] = await Promise.all(inner);
  assert.equal(fromCallback.code, BUSY.code);
  assert.equal(fromCallback.message, 'heapdump write error ERR_HEAPDUMP_BUSY');
  assert.equal(rejected.code, BUSY.code);
  assert.deepEqual(snapshots(directory), ['outer.heapsnapshot']);
});

test('wait: true from within onProgress follows the outer dump', LONG, async (t) => {
  const { at } = files(t);
  let inner;
  await heapdump.dump({
    path: at('outer'),
    onProgress() {
      inner ??= heapdump.dump({ path: at('inner'), wait: true });
    },
  });
  await inner;
  readSnapshot(at('outer'));
  readSnapshot(at('inner'));
});

/** A worker that is in the middle of its dump until it gets a message. */
async function workerInTheMiddle(t, file) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `
    const { workerData: { addon, file, gate }, parentPort } = require('node:worker_threads');
    let first = true;
    require(addon).dump({ path: file, onProgress() {
      if (!first) return;
      first = false;
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      Atomics.wait(gate, 0, 1);
    } }).then((result) => parentPort.postMessage(result));
  `,
    { eval: true, workerData: { addon: require.resolve('../index.js'), file, gate } },
  );
  cleanup(t, () => worker.terminate());
  const result = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  Atomics.wait(gate, 0, 0);
  return {
    worker,
    result,
    goOn() {
      Atomics.store(gate, 0, 2);
      Atomics.notify(gate, 0);
    },
    gate,
  };
}

test('writeSnapshot() blocks until the dump of another thread has ended', LONG, async (t) => {
  const { at } = files(t);
  const { gate, result } = await workerInTheMiddle(t, at('worker'));
  // Another thread releases the worker, because this one is about to block.
  const helper = new Worker(
    `
    const { workerData: gate } = require('node:worker_threads');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    Atomics.store(gate, 0, 2);
    Atomics.notify(gate, 0);
  `,
    { eval: true, workerData: gate },
  );
  cleanup(t, () => helper.terminate());
  assert.equal(Atomics.load(gate, 0), 1);
  assert.equal(heapdump.writeSnapshot(at('main')), true);
  assert.equal(Atomics.load(gate, 0), 2, 'the other dump went on first');
  assert.ok(fs.existsSync(at('worker')), 'and has ended');
  readSnapshot(at('main'));
  assert.notEqual((await result).threadId, 0);
  readSnapshot(at('worker'));
});

test('dump() is refused while another thread dumps, with wait: true it follows', LONG, async (t) => {
  const { at } = files(t);
  const { goOn, result } = await workerInTheMiddle(t, at('worker'));
  await assert.rejects(heapdump.dump({ path: at('refused') }), BUSY);
  const waiting = heapdump.dump({ path: at('main'), wait: true });
  goOn();
  await result;
  await waiting;
  readSnapshot(at('worker'));
  readSnapshot(at('main'));
});

test('a worker terminated in the middle of its dump releases the lock', LONG, async (t) => {
  const { at, directory } = files(t);
  const { goOn, worker } = await workerInTheMiddle(t, at('worker'));
  const ended = worker.terminate();
  goOn();
  await ended;
  await heapdump.dump({ path: at('main'), wait: true });
  readSnapshot(at('main'));
  assert.deepEqual(partials(directory), []);
  for (const name of snapshots(directory)) readSnapshot(path.join(directory, name));
});

const ABORTED = (error) => error.name === 'AbortError' && error.code === 'ABORT_ERR' && error.cause === 'enough';

test('AbortSignal: before, in the middle, while waiting, and after the capture', LONG, async (t) => {
  const { at, directory } = files(t);
  await assert.rejects(heapdump.dump({ path: at('before'), signal: AbortSignal.abort('enough') }), ABORTED);

  const middle = new AbortController();
  await assert.rejects(
    heapdump.dump({ path: at('middle'), signal: middle.signal, onProgress: () => middle.abort('enough') }),
    ABORTED,
  );
  assert.deepEqual(snapshots(directory), []);
  assert.deepEqual(partials(directory), []);

  const waiting = new AbortController();
  let second;
  // While the first one is certain to be in progress: on a busy machine it may have ended when its call returns.
  const onProgress = () => {
    second ??= assert.rejects(heapdump.dump({ path: at('second'), wait: true, signal: waiting.signal }), ABORTED);
    waiting.abort('enough');
  };
  await heapdump.dump({ path: at('first'), onProgress });
  assert.ok(second);
  await second;
  assert.deepEqual(snapshots(directory), ['first.heapsnapshot']);

  // V8 is done, and the file is being finished: aborted if that was in time, otherwise complete.
  const late = new AbortController();
  const finishing = heapdump.dump({ path: at('late'), signal: late.signal });
  late.abort('enough');
  await finishing.then(
    () => readSnapshot(at('late')),
    (error) => {
      assert.ok(ABORTED(error));
      assert.ok(!fs.existsSync(at('late')));
    },
  );
  assert.deepEqual(partials(directory), []);

  // Afterwards it has no effect, and leaves no listener behind.
  const after = new AbortController();
  await heapdump.dump({ path: at('after'), signal: after.signal });
  after.abort('enough');
  readSnapshot(at('after'));
});
