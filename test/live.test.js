'use strict';
// `snapshot()` and `analyze()` of the running process, without a file.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');
const heapdump = require('../index.js');
const { NativeControl, NativeFeed, NativeSnapshot } = require('../lib/binding.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { start } = require('./support/app.js');
const { temporary } = require('./support/temporary.js');

class Leaf {}

function pieces(text, size) {
  const chunks = [];
  for (let at = 0; at < text.length; at += size) chunks.push(text.slice(at, at + size));
  return chunks;
}

/** V8 writes ASCII. */
function ascii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// Regression: V8 of Node 24 writes negative numbers for it, and a process with such a script could not be analysed: among others,
// every vitest test in a vm.
test('a script that begins before its first character', async () => {
  const options = { filename: 'wrapped.js', lineOffset: -2, columnOffset: -30 };
  const wrapped = new vm.Script('(function wrapped() {\n  return 1; })', options).runInThisContext();
  const snapshot = await heapdump.snapshot();
  const {
    rows: [{ id }],
  } = await snapshot.find({ name: wrapped.name, type: 'closure' });
  const { location } = await snapshot.node(id);
  snapshot.close();
  assert.ok(location.line >= 0 && location.column >= 0, JSON.stringify(location));
});

test('a text that very many strings have comes with all of them', async () => {
  const bytes = Buffer.from('the same text');
  const texts = Array.from({ length: 40_000 }, () => bytes.toString());
  const snapshot = await heapdump.snapshot();
  const list = await snapshot.duplicateStrings({ limit: 100 });
  assert.deepEqual(list, snapshot.duplicateStringsSync({ limit: 100 }));
  snapshot.close();
  const { count, ids } = list.rows.find(({ value }) => value === texts[0]);
  assert.ok(count >= texts.length);
  assert.equal(new Set(ids).size, count);
});

test('a snapshot contains the objects of this process, and the next one the new ones', async (t) => {
  const leaves = Array.from({ length: 1000 }, () => new Leaf());
  const before = await heapdump.snapshot();
  t.after(() => before.close());
  const { rows, totals } = await before.instances('Leaf');
  assert.equal(totals.count, 1000);
  for (let i = 0; i < 234; i++) leaves.push(new Leaf());
  const after = await heapdump.snapshot();
  t.after(() => after.close());
  const { rows: changes, totals: all } = await heapdump.diff(before, after);
  const { addedCount, removedCount } = changes.find(({ constructor }) => constructor === 'Leaf');
  assert.deepEqual({ addedCount, removedCount }, { addedCount: 234, removedCount: 0 });
  const ids = new Set((await after.instances('Leaf')).rows.map(({ id }) => id));
  assert.ok(
    rows.every(({ id }) => ids.has(id)),
    'objects keep their ids',
  );
  // The first one is still open. If it were on V8's heap, the second would contain it.
  assert.ok(all.sizeDelta < before.memoryUsed / 4, `${all.sizeDelta} of ${before.memoryUsed}`);
  assert.equal(leaves.length, 1234);
});

// Regression: V8 was asked for them in a separate session, and dropped all ids when that was closed.
test('objects keep their ids when the texts of scripts were asked for in between', async (t) => {
  const kept = Array.from({ length: 100 }, () => new Leaf());
  const script = new vm.Script('globalThis.unread = () => "a text that is on no disk";', { filename: 'nowhere.js' });
  script.runInThisContext();
  const ids = (snapshot) =>
    snapshot
      .instancesSync('Leaf', { limit: 200 })
      .rows.map(({ id }) => id)
      .sort((a, b) => a - b);
  const before = await heapdump.snapshot();
  await before.suspects();
  const after = await heapdump.snapshot();
  t.after(() => {
    before.close();
    after.close();
    delete globalThis.unread;
  });
  assert.equal(ids(before).length, kept.length);
  assert.deepEqual(ids(after), ids(before));
});

test('analyze() without a source is about this process', async () => {
  const leaves = Array.from({ length: 321 }, () => new Leaf());
  const options = { match: 'leaf', limit: 1, sort: 'count' };
  for (const {
    rows: [row],
    totals,
    statistics,
  } of [await heapdump.analyze(undefined, options), heapdump.analyzeSync(undefined, options)]) {
    assert.deepEqual([row.constructor, row.count], ['Leaf', leaves.length]);
    assert.ok(totals.nodeCount > 10_000 && statistics.total === totals.totalSize);
  }
  const { rows } = await heapdump.analyze();
  assert.ok(rows.length > 100);
});

test('the output of V8 is parsed like a file, in chunks of any size', async (t) => {
  const folder = temporary(t);
  for (const [seed, size] of [
    [1, 7],
    [2, 1000],
    [3, 1 << 20],
  ]) {
    const text = ascii(adversarial(seed).before);
    const file = path.join(folder, `${seed}.heapsnapshot`);
    fs.writeFileSync(file, text);
    const expected = NativeSnapshot.openSync(file);
    const feed = () => {
      const feed = NativeFeed.open(false, false, new NativeControl());
      feed.begin();
      for (const chunk of pieces(text, size)) feed.write(chunk);
      return feed;
    };
    const later = await feed().finish();
    assert.deepEqual(later.summarySync(), expected.summarySync());
    const now = feed().finishSync();
    assert.deepEqual(now.nodeLinesSync(0, 1e6), expected.nodeLinesSync(0, 1e6));
    for (const snapshot of [expected, later, now]) snapshot.close();
  }
});

test('truncated and invalid text is an error, and does not block', async () => {
  const { before } = adversarial(1);
  for (const [text, code] of [
    ['', 'ERR_HEAPDUMP_TRUNCATED'],
    [before.slice(0, -9), 'ERR_HEAPDUMP_TRUNCATED'],
    ['hello', 'ERR_HEAPDUMP_PARSE'],
  ]) {
    const feed = NativeFeed.open(false, false);
    for (let i = 0; i < 100; i++) feed.write(i === 0 ? ascii(text) : code === 'ERR_HEAPDUMP_PARSE' ? text : '');
    await assert.rejects(feed.finish(), { code });
    await assert.rejects(feed.finish(), { code: 'ERR_HEAPDUMP_CLOSED' });
    assert.throws(() => feed.finishSync(), { code: 'ERR_HEAPDUMP_CLOSED' });
    feed.write('late');
    feed.abandon();
  }
});

test('one snapshot is taken at a time, of files and without', async (t) => {
  const folder = temporary(t);
  const busy = { code: 'ERR_HEAPDUMP_BUSY' };
  const feed = NativeFeed.open(false, false);
  await assert.rejects(heapdump.snapshot(), busy);
  await assert.rejects(heapdump.analyze(), busy);
  await assert.rejects(heapdump.dump({ dir: folder }), busy);
  const controller = new AbortController();
  const given = heapdump.snapshot({ wait: true, signal: controller.signal });
  const waiting = [heapdump.snapshot({ wait: true }), heapdump.analyze(undefined, { wait: true })];
  const dumped = heapdump.dump({ dir: folder, wait: true });
  controller.abort('enough');
  await assert.rejects(given, { code: 'ABORT_ERR', cause: 'enough' });
  feed.abandon();
  const [snapshot, summary] = await Promise.all(waiting);
  assert.ok(snapshot.nodeCount > 10_000 && summary.rows.length > 100);
  snapshot.close();
  assert.ok((await dumped).bytes > 10_000);
});

test('a snapshot can be aborted, and does not block the next', async () => {
  const aborted = { name: 'AbortError', code: 'ABORT_ERR' };
  await assert.rejects(heapdump.snapshot({ signal: AbortSignal.abort() }), aborted);
  const controller = new AbortController();
  const promise = heapdump.snapshot({ signal: controller.signal });
  controller.abort();
  await assert.rejects(promise, aborted);
  await assert.rejects(
    heapdump.snapshot({
      wait: true,
      onProgress() {
        throw new Error('mine');
      },
    }),
    { message: 'mine' },
  );
  (await heapdump.snapshot({ wait: true })).close();
});

test('wrong options throw at once', () => {
  assert.throws(() => heapdump.snapshot({ path: 'a' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => heapdump.snapshot({ wait: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => heapdump.analyze(undefined, { sort: 'beauty' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => heapdump.analyzeSync(undefined, { wait: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => heapdump.analyze('a', { wait: true }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('numbers are shown when they are asked for', async (t) => {
  const holder = { answer: 4242.5 };
  const name = String(holder.answer);
  const snapshot = await heapdump.snapshot({ exposeNumericValues: true });
  t.after(() => snapshot.close());
  // V8 writes the value as a string without a size.
  assert.ok((await snapshot.find({ name, type: 'string' })).rows.some((row) => row.name === name && row.shallowSize === 0));
});

test('a program ends when it has its answer, and leaves no file', async (t) => {
  const folder = temporary(t);
  const app = start(
    t,
    folder,
    `
    require('heapdump-rs').snapshot().then((snapshot) => say('count', snapshot.nodeCount));
  `,
    { env: { NODE_HEAPDUMP_OPTIONS: 'nosignal' } },
  );
  assert.ok((await app.said('count')) > 10_000);
  assert.deepEqual(await app.exit, { code: 0, signal: null });
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => !/^app|^node_modules$/.test(name)),
    [],
  );
});

test('a worker sees its own heap; terminated in the middle, it does not harm the process', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const heapdump = require(workerData);
    class OfWorker {}
    const mine = Array.from({ length: 55 }, () => new OfWorker());
    const again = () => heapdump.analyze(undefined, { match: 'OfWorker', wait: true })
      .then(({ rows }) => { parentPort.postMessage([rows[0].count, mine.length]); return again(); });
    again();
  `;
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(source, { eval: true, workerData: path.resolve(__dirname, '..') });
    const counts = await new Promise((resolve, reject) => {
      worker.once('message', resolve).once('error', reject);
    });
    assert.deepEqual(counts, [55, 55]);
    await worker.terminate();
  }
  assert.ok((await heapdump.analyze(undefined, { wait: true })).rows.length > 100);
});
