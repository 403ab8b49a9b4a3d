'use strict';
// The handle of an analysed snapshot: both forms of every query, its errors, its memory.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { NativeControl, NativeRows, NativeSnapshot } = require('../lib/binding.js');
const { adversarial } = require('./fixtures/make/adversarial.js');

const BINDING = path.resolve(__dirname, '../lib/binding.js');
const FIXTURE = path.resolve(__dirname, 'fixtures/node22.heapsnapshot.zst');
const SMALL = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');

function temporary(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-analysis-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** A small valid snapshot with the usual layout, as an object to be damaged. */
function plain() {
  for (let seed = 1; ; seed++) {
    const snapshot = JSON.parse(adversarial(seed).before);
    if (snapshot.snapshot.meta.node_fields.slice(0, 5).join() === 'type,name,id,self_size,edge_count') return snapshot;
  }
}

/** Queries without an answer: the fixture has no leak, and V8 did not track its allocations. */
const EMPTY = new Set(['findings', 'allocationStack', 'timeline']);

test('every question has the same answer on the thread pool and at once', async (t) => {
  const snapshot = await NativeSnapshot.open(FIXTURE);
  const again = NativeSnapshot.openSync(SMALL);
  t.after(() => {
    snapshot.close();
    again.close();
  });
  const {
    rows: [row],
  } = snapshot.summarySync();
  const {
    rows: [{ id }],
  } = snapshot.instancesSync('(string)');
  const questions = [
    ['summary', { limit: 9, sort: 'count' }],
    ['statistics'],
    ['instances', row.classKey, { limit: 3 }],
    ['node', id],
    ['children', id],
    ['retainers', id],
    ['paths', id, { depth: 9 }],
    ['dominators', id],
    ['dominated', snapshot.rootId],
    ['find', { name: 'module', limit: 5 }],
    ['duplicateStrings', { limit: 3 }],
    ['nativeContexts'],
    ['allocations', { by: 'stack', limit: 3 }],
    ['allocationStack', id],
    ['allocationTree'],
    ['timeline'],
    ['findings', []],
    ['leakReport', []],
    ['diff', again],
    ['newObjects', snapshot],
    ['nodeLines', 100, 5],
    ['trend', [snapshot, snapshot]],
    ['closures', { limit: 3 }],
    ['packages', [], { limit: 3 }],
  ];
  for (const [name, ...args] of questions) {
    const now = snapshot[`${name}Sync`](...args);
    const found = await snapshot[name](...args);
    const later = found instanceof NativeRows ? await found.piece(0, 1e9) : found;
    assert.deepEqual(later, now, name);
    assert.ok(EMPTY.has(name) || JSON.stringify(now).length > 20, name);
  }
  const methods = Object.getOwnPropertyNames(NativeSnapshot.prototype).filter((name) => name.endsWith('Sync'));
  assert.deepEqual(methods.map((name) => name.slice(0, -4)).sort(), questions.map(([name]) => name).sort());
});

test('several snapshots are open at once, and questions about them run side by side', async (t) => {
  const [a, b] = await Promise.all([NativeSnapshot.open(FIXTURE), NativeSnapshot.open(SMALL)]);
  t.after(() => {
    a.close();
    b.close();
  });
  const [first, second, third] = await Promise.all([a.summary(), b.summary(), a.summary()]);
  assert.deepEqual(first, third);
  assert.notDeepEqual(first, second);
});

test('closing lets running questions end, refuses new ones, and may be repeated', async () => {
  const snapshot = NativeSnapshot.openSync(FIXTURE);
  const running = [snapshot.duplicateStrings(), snapshot.summary()];
  snapshot.close();
  snapshot.close();
  assert.equal(snapshot.closed, true);
  const [found, summary] = await Promise.all(running);
  assert.ok(found.length > 0 && summary.rows.length > 0);
  const closed = { code: 'ERR_HEAPDUMP_CLOSED' };
  assert.throws(() => snapshot.summarySync(), closed);
  assert.throws(() => snapshot.nodeCount, closed);
  await assert.rejects(snapshot.summary(), closed);
  const other = NativeSnapshot.openSync(SMALL);
  await assert.rejects(other.diff(snapshot), closed);
  other.close();
});

test('rows that are found become objects piece by piece, also when the snapshot is closed', async () => {
  const snapshot = NativeSnapshot.openSync(SMALL);
  const { totals, rows } = snapshot.findSync({});
  const links = snapshot.childrenSync(snapshot.rootId);
  const [nodes, children] = await Promise.all([snapshot.find({ offset: 1 }), snapshot.children(snapshot.rootId)]);
  snapshot.close();
  assert.deepEqual([nodes.length, children.length], [rows.length - 1, links.rows.length]);
  assert.deepEqual(await nodes.piece(9, 5), { totals, rows: rows.slice(10, 15) });
  assert.deepEqual(await children.piece(0, 4e9), links);
  for (const start of [rows.length - 1, 4e9]) assert.deepEqual(await nodes.piece(start, 1), { totals, rows: [] });
  const running = nodes.piece(0, 4e9);
  nodes.close();
  nodes.close();
  assert.equal((await running).rows.length, rows.length - 1);
  await assert.rejects(nodes.piece(0, 1), { code: 'ERR_HEAPDUMP_CLOSED' });
});

test('opening can be stopped', async () => {
  const control = new NativeControl();
  control.cancel();
  await assert.rejects(NativeSnapshot.open(FIXTURE, undefined, control), { name: 'AbortError', code: 'ABORT_ERR', path: FIXTURE });
});

test('progress ends where the work ends', async () => {
  const control = new NativeControl();
  assert.deepEqual(control.progress(), { stage: 'start', done: 0, total: 0 });
  const snapshot = await NativeSnapshot.open(FIXTURE, undefined, control);
  snapshot.close();
  assert.notEqual(control.progress().stage, 'start');
});

test('each failure has its code and says where', async (t) => {
  const folder = temporary(t);
  const text = JSON.stringify(plain());
  const spoil = (change) => {
    const snapshot = plain();
    change(snapshot);
    return JSON.stringify(snapshot);
  };
  const meta = (change) => spoil(({ snapshot }) => change(snapshot));
  const cases = [
    ['empty', '', { code: 'ERR_HEAPDUMP_TRUNCATED', offset: 0 }],
    ['cut', text.slice(0, text.indexOf('"strings"') + 30), { code: 'ERR_HEAPDUMP_TRUNCATED', section: 'strings' }],
    ['text', 'hello', { code: 'ERR_HEAPDUMP_PARSE', offset: 0 }],
    ['fraction', text.replace('"edges":[', '"edges":[1.5,'), { code: 'ERR_HEAPDUMP_PARSE', section: 'edges' }],
    ['word', text.replace('"nodes":[', '"nodes":["x",'), { code: 'ERR_HEAPDUMP_PARSE', section: 'nodes' }],
    ['cut.gz', zlib.gzipSync(text).subarray(0, -40), { code: 'ERR_HEAPDUMP_TRUNCATED' }],
    ['column', text.replace('"self_size"', '"weight"'), { code: 'ERR_HEAPDUMP_UNSUPPORTED', field: 'self_size' }],
    [
      'target',
      spoil((all) => {
        all.edges[2] = 4e9;
      }),
      { code: 'ERR_HEAPDUMP_INCONSISTENT', section: 'edges', index: 0 },
    ],
    [
      'name',
      spoil((all) => {
        all.nodes[1] = 4e9;
      }),
      { code: 'ERR_HEAPDUMP_INCONSISTENT', section: 'nodes' },
    ],
    [
      'count',
      meta((header) => {
        header.node_count += 1;
      }),
      { code: 'ERR_HEAPDUMP_INCONSISTENT' },
    ],
    [
      'huge',
      meta((header) => {
        header.node_count = 2 ** 33;
      }),
      { name: 'RangeError', code: 'ERR_HEAPDUMP_LIMIT', actual: 2 ** 33 },
    ],
  ];
  for (const [name, content, expected] of cases) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    assert.throws(() => NativeSnapshot.openSync(file), { ...expected, path: file }, name);
    await assert.rejects(NativeSnapshot.open(file), { ...expected, path: file }, name);
  }
});

test('failures of the system look like those of node:fs', async (t) => {
  const folder = temporary(t);
  for (const file of [path.join(folder, 'missing'), path.join(SMALL, 'below')]) {
    const theirs = await fs.promises.open(file).then(assert.fail, (error) => error);
    await assert.rejects(NativeSnapshot.open(file), {
      code: theirs.code,
      errno: theirs.errno,
      syscall: theirs.syscall,
      path: theirs.path,
      message: theirs.message,
    });
  }
  await assert.rejects(NativeSnapshot.open(folder), { code: 'EISDIR', syscall: 'read', path: folder });
});

test('queries about missing objects', (t) => {
  const snapshot = NativeSnapshot.openSync(SMALL);
  t.after(() => snapshot.close());
  for (const id of [0, -1, 1.5, NaN, 2 ** 32 + 1, 4e9]) {
    assert.throws(() => snapshot.nodeSync(id), { code: 'ERR_HEAPDUMP_NODE_NOT_FOUND', nodeId: id });
  }
  assert.throws(() => snapshot.summarySync({ sort: 'beauty' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => snapshot.summarySync({ filter: 'beauty' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.equal(snapshot.instancesSync('NoSuchClass').totals.count, 0);
  assert.equal(snapshot.nodeLinesSync(4e9, 10).length, 0);
});

test('half characters survive', (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'half.heapsnapshot');
  const snapshot = plain();
  const [, nameOfRoot] = snapshot.nodes;
  snapshot.strings[nameOfRoot] = '\ud83d and \ude00';
  fs.writeFileSync(file, JSON.stringify(snapshot));
  const handle = NativeSnapshot.openSync(file);
  assert.equal(handle.nodeSync(handle.rootId).name, '\ud83d and \ude00');
  assert.equal(JSON.parse(handle.nodeLinesSync(0, 1).toString()).name, '\ud83d and \ude00');
  handle.close();
});

test('forgotten handles are freed by the garbage collector', () => {
  const script = `
    const { NativeSnapshot } = require(${JSON.stringify(BINDING)});
    const gone = [];
    const registry = new FinalizationRegistry((i) => {
      gone.push(i);
      if (gone.length === 5) { console.log('freed'); process.exit(0); }
    });
    for (let i = 0; i < 5; i++) registry.register(NativeSnapshot.openSync(${JSON.stringify(SMALL)}), i);
    setInterval(() => global.gc(), 1);
  `;
  const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', '-e', script], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(stdout.trim(), 'freed');
  assert.equal(status, 0);
});
