'use strict';
// `open()`, `analyze()` and `diff()`: the analysis as used by programs.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const heapdump = require('../index.js');
const { NativeSnapshot } = require('../lib/binding.js');
const { FILTERS, QUESTIONS, SORTS } = require('../lib/analysis/questions.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { runSync } = require('./support/command.js');
const { temporary } = require('./support/temporary.js');

const fixture = (name) => path.resolve(__dirname, 'fixtures', name);
const FIXTURE = fixture('node22.heapsnapshot.zst');
const SMALL = fixture('adversarial1.heapsnapshot.gz');
const [BEFORE, AFTER] = [fixture('node20.heapsnapshot.zst'), fixture('node20-later.heapsnapshot.zst')];

function commandLine(...args) {
  const { stdout, stderr } = runSync(...args, '--json');
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

/** Reloads the analysis with `NativeSnapshot.open` and `openSync` wrapped by `wrap`, for one test. */
function withOpen(t, wrap) {
  const binding = require.cache[require.resolve('../lib/binding.js')];
  const analysis = ['snapshot', 'sources', 'analyze', 'diff'].map((name) => require.resolve(`../lib/analysis/${name}.js`));
  const forget = () => {
    for (const file of analysis) delete require.cache[file];
  };
  const { exports } = binding;
  t.after(() => {
    forget();
    binding.exports = exports;
  });
  forget();
  const { open, openSync } = NativeSnapshot;
  binding.exports = { ...exports, NativeSnapshot: { open: wrap(open), openSync: wrap(openSync) } };
}

function opened(t, file) {
  const snapshot = heapdump.openSync(file);
  t.after(() => snapshot.close());
  return snapshot;
}

test('every question has one answer: async, sync, on the command line', async (t) => {
  const snapshot = opened(t, FIXTURE);
  const {
    rows: [{ id }],
  } = snapshot.findSync({ type: 'closure', sort: 'retainedSize', limit: 1 });
  const questions = {
    statistics: { args: [], command: ['statistics'] },
    summary: { args: [{ limit: 9, offset: 1, sort: 'count' }], command: ['summary', '--limit=9', '--offset=1', '--sort=count'] },
    instances: { args: ['Object', { limit: 5, sort: 'id' }], command: ['instances', 'Object', '--limit=5', '--sort=id'] },
    node: { args: [id], command: ['node', id] },
    children: { args: [id], command: ['children', id] },
    retainers: { args: [id], command: ['retainers', id] },
    pathsToRoot: { args: [id, { depth: 12 }], command: ['paths', id, '--depth=12'] },
    dominators: { args: [id], command: ['dominators', id] },
    dominatorTree: { args: [snapshot.rootId, { limit: 7 }], command: ['dominators', snapshot.rootId, '--children', '--limit=7'] },
    find: { args: [{ name: 'module', type: 'closure' }], command: ['find', 'module', '--type=closure'] },
    duplicateStrings: { args: [{ limit: 4 }], command: ['strings', '--limit=4'] },
    nativeContexts: { args: [] },
    allocations: { args: [{ by: 'stack', limit: 3 }], command: ['allocations', '--by=stack', '--limit=3'] },
    allocationStack: { args: [id] },
    timeline: { args: [], command: ['timeline'] },
    closures: { args: [{ limit: 3 }] },
    suspects: { args: [{ limit: 3 }] },
  };
  assert.deepEqual(Object.keys(questions), Object.keys(QUESTIONS));
  for (const [name, { args, command }] of Object.entries(questions)) {
    const now = snapshot[`${name}Sync`](...args);
    assert.deepEqual(await snapshot[name](...args), now, name);
    assert.deepEqual(JSON.parse(JSON.stringify(now)), now, `${name} is plain data`);
    if (!command) continue;
    const [verb, ...rest] = command;
    assert.deepEqual(commandLine(verb, FIXTURE, ...rest.map(String)), now, name);
  }
});

test('analyze() gives the summary of a path, a URL or a snapshot, and leaves the snapshot open', async (t) => {
  const snapshot = opened(t, FIXTURE);
  const expected = commandLine('summary', FIXTURE, '--sort=count', '--match=a');
  const options = { sort: 'count', match: 'a' };
  for (const source of [FIXTURE, pathToFileURL(FIXTURE), snapshot]) {
    assert.deepEqual(await heapdump.analyze(source, options), expected);
    assert.deepEqual(heapdump.analyzeSync(source, options), expected);
  }
  assert.equal(snapshot.closed, false);
});

test('diff() gives the Comparison of paths and snapshots, in any mixture', async (t) => {
  const expected = commandLine('diff', BEFORE, AFTER, '--sort=countDelta');
  assert.ok(expected.rows.length > 10);
  const options = { sort: 'countDelta' };
  const before = opened(t, BEFORE);
  const after = opened(t, AFTER);
  for (const sources of [
    [BEFORE, AFTER],
    [before, AFTER],
    [before, after],
  ]) {
    assert.deepEqual(await heapdump.diff(...sources, options), expected);
  }
  assert.deepEqual(heapdump.diffSync(before, AFTER, options), expected);
  const reversed = heapdump.diffSync(before, after, { sort: 'constructor', reverse: true, limit: 3 }).rows;
  assert.deepEqual(reversed, heapdump.diffSync(before, after, { sort: 'constructor' }).rows.slice(-3).reverse());
  assert.equal(before.closed || after.closed, false);
});

test('diff() names the owners of new objects', async (t) => {
  const before = opened(t, BEFORE);
  const after = opened(t, AFTER);
  const {
    newObjects: { totals, rows },
    totals: { addedCount },
  } = heapdump.diffSync(before, after, { newObjects: Infinity });
  assert.equal(rows.length, totals.rowCount);
  for (const field of ['count', 'shallowSize'])
    assert.equal(
      rows.reduce((sum, row) => sum + row[field], 0),
      totals[field],
    );
  // For DevTools, an object of another class is another object, but it has the same id.
  assert.ok(totals.count <= addedCount && totals.count > addedCount * 0.9, `${totals.count} of ${addedCount}`);
  const leak = rows.filter(({ constructor }) => constructor === '{x, y, tag}').sort((a, b) => b.count - a.count)[0];
  assert.equal(leak.count, 300);
  for (const { owner, example, path: steps, constructor } of rows) {
    assert.equal(example.constructor, constructor);
    assert.throws(() => before.nodeSync(example.id), { code: 'ERR_HEAPDUMP_NODE_NOT_FOUND' });
    assert.equal(before.nodeSync(owner.id).type, owner.type);
    assert.ok(after.dominatorsSync(example.id).rows.some(({ id }) => id === owner.id));
    // Each step is an existing reference.
    let { id } = example;
    for (const step of steps.slice(0, 3)) {
      assert.ok(after.childrenSync(step.id).rows.some((edge) => edge.id === id && edge.edge === step.edge));
      ({ id } = step);
    }
  }
  assert.deepEqual((await heapdump.diff(before, after)).newObjects, { totals, rows: rows.slice(0, 20) });
  assert.deepEqual((await heapdump.diff(before, after, { newObjects: 0 })).newObjects, { totals, rows: [] });
});

test('snapshots of different processes are refused, those of one are not', async () => {
  const different = { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' };
  await assert.rejects(heapdump.diff(BEFORE, FIXTURE), different);
  assert.throws(() => heapdump.diffSync(SMALL, FIXTURE), different);
  const { status, stderr } = runSync('diff', SMALL, FIXTURE);
  assert.equal(status, 3);
  assert.match(stderr, /ERR_HEAPDUMP_DIFFERENT_PROCESS/);
  const pairs = fs.readdirSync(fixture('.')).filter((name) => name.includes('-later.heapsnapshot'));
  assert.ok(pairs.length > 5);
  for (const later of pairs) heapdump.diffSync(fixture(later.replace('-later', '')), fixture(later), { limit: 0 });
});

test('snapshots of different processes can be compared by name', async (t) => {
  const files = [BEFORE, FIXTURE];
  const [before, after] = files.map((file) => opened(t, file));
  await assert.rejects(heapdump.diff(before, after), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
  const diff = await heapdump.diff(before, after, { by: 'name' });
  assert.deepEqual([diff.comparedBy, diff.newObjects], ['name', null]);
  assert.deepEqual(await heapdump.diff(...files, { by: 'name' }), diff);
  assert.deepEqual(heapdump.diffSync(...files, { by: 'name' }), diff);
  assert.deepEqual(commandLine('diff', ...files, '--by=name'), diff);
  const counts = (snapshot) => {
    const byName = new Map();
    for (const { constructor: name, count } of snapshot.summarySync().rows) byName.set(name, (byName.get(name) ?? 0) + count);
    return byName;
  };
  const [old, now] = [before, after].map(counts);
  for (const name of ['Session', 'Cat', 'Map', '(string)', 'Function']) {
    const row = diff.rows.find(({ constructor }) => constructor === name);
    assert.equal(row?.countDelta ?? 0, now.get(name) - old.get(name), name);
  }
  for (const row of diff.rows) assert.ok(row.addedCount === 0 || row.removedCount === 0);
  const { totals, rows } = heapdump.diffSync(...files, { by: 'name', sort: 'countDelta', limit: 2 });
  assert.deepEqual(totals, diff.totals);
  assert.deepEqual(
    rows.map((row) => row.countDelta),
    diff.rows
      .map((row) => row.countDelta)
      .sort((a, b) => b - a)
      .slice(0, 2),
  );
  // Differences of one process are those of the ids.
  const later = opened(t, AFTER);
  const byId = new Map(heapdump.diffSync(before, later).rows.map((row) => [row.constructor, row.countDelta]));
  for (const { constructor, countDelta } of heapdump.diffSync(before, later, { by: 'name' }).rows) {
    assert.equal(byId.get(constructor) ?? 0, countDelta, constructor);
  }
});

test('two runs of one program are different processes', async (t) => {
  const folder = temporary(t);
  const program = `
    globalThis.list = Array.from({ length: 1000 }, (_, i) => ({ i, text: 'x' + i }));
    require('node:v8').writeHeapSnapshot(process.argv[1]);
  `;
  const files = ['a', 'b'].map((name) => path.join(folder, `${name}.heapsnapshot`));
  for (const file of files) assert.equal(spawnSync(process.execPath, ['-e', program, file]).status, 0);
  await assert.rejects(heapdump.diff(...files), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
});

test('each sort and each filter that is offered is known', (t) => {
  const snapshot = opened(t, SMALL);
  for (const sort of SORTS.summary) snapshot.summarySync({ sort, reverse: true });
  for (const sort of SORTS.nodes) snapshot.findSync({ sort });
  for (const sort of SORTS.children) snapshot.childrenSync(undefined, { sort });
  for (const sort of SORTS.retainers) snapshot.retainersSync(snapshot.rootId, { sort });
  for (const sort of SORTS.diff) heapdump.diffSync(snapshot, snapshot, { sort });
  for (const sort of SORTS.trend) heapdump.trendSync([snapshot, snapshot, snapshot], { sort });
  for (const filter of FILTERS) snapshot.summarySync({ filter });
});

test('without an id it is about the root', (t) => {
  const snapshot = opened(t, SMALL);
  assert.deepEqual(snapshot.childrenSync(), snapshot.childrenSync(snapshot.rootId));
  assert.deepEqual(snapshot.dominatorTreeSync(undefined, { limit: 2 }), snapshot.dominatorTreeSync(snapshot.rootId, { limit: 2 }));
});

test('a long list that is built in pieces is the list', async (t) => {
  const snapshot = opened(t, FIXTURE);
  const all = snapshot.findSync({});
  assert.ok(all.rows.length > 20_000, 'several pieces');
  // Searching again for each piece took quadratic time in the number of rows.
  const { find } = NativeSnapshot.prototype;
  t.after(() => {
    NativeSnapshot.prototype.find = find;
  });
  let searches = 0;
  NativeSnapshot.prototype.find = function count(...args) {
    searches++;
    return find.apply(this, args);
  };
  assert.deepEqual(await snapshot.find({}), all);
  assert.equal(searches, 1);
  assert.deepEqual((await snapshot.find({ offset: 5, limit: 9000 })).rows, all.rows.slice(5, 9005));
  assert.deepEqual(await snapshot.find({ offset: 1e9 }), { totals: all.totals, rows: [] });
  assert.deepEqual((await snapshot.find({ limit: Infinity })).rows.length, all.rows.length);
  const strings = snapshot.instancesSync('(string)');
  assert.deepEqual(await snapshot.instances('(string)'), strings);
});

test('a long list is given up in the middle, and goes on when its snapshot is closed', async () => {
  const snapshot = heapdump.openSync(FIXTURE);
  const controller = new AbortController();
  const aborted = snapshot.find({ signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  const { nodeCount } = snapshot;
  const running = snapshot.find();
  await null;
  snapshot.close();
  assert.equal((await running).rows.length, nodeCount);
});

test('wrong arguments throw at once', (t) => {
  const snapshot = opened(t, SMALL);
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  const { open, openSync, analyze, analyzeSync, diff, diffSync, Snapshot } = heapdump;
  const cases = [
    [() => open(), type],
    [() => openSync(5), type],
    [() => open(''), value],
    [() => openSync('a\0b'), value],
    [() => open('a', { limit: 1 }), value],
    [() => open('a', { signal: 1 }), type],
    [() => open('a', { onProgress: 1 }), type],
    [() => analyzeSync(null), type],
    [() => analyze({}), type],
    [() => analyze('a', { sort: 'beauty' }), value],
    [() => analyzeSync('a', { signal: AbortSignal.abort() }), value],
    [() => diff('a'), type],
    [() => diffSync('a', null), type],
    [() => diff('a', 'b', { limit: '1' }), type],
    [() => diff('a', 'b', { by: 'luck' }), value],
    [() => snapshot.node(), type],
    [() => snapshot.node('5'), type],
    [() => snapshot.nodeSync(5n), type],
    [() => snapshot.summary({ limit: -1 }), range],
    [() => snapshot.summary({ offset: 1.5 }), range],
    [() => snapshot.summary(5), type],
    [() => snapshot.summary({ reverse: 1 }), type],
    [() => snapshot.instances(), type],
    [() => snapshot.summary({ filter: 'beauty' }), value],
    [() => snapshot.find({ minRetainedSize: NaN }), range],
    [() => snapshot.pathsToRoot(1, { depth: 1001 }), range],
    [() => snapshot.pathsToRoot(1, { depth: 0 }), range],
    [() => snapshot.statistics({ limit: 1 }), value],
    [() => new Snapshot(), { name: 'TypeError' }],
    [() => Snapshot.prototype.summary.call({}), { name: 'TypeError' }],
  ];
  for (const [call, expected] of cases) assert.throws(call, expected, String(call));
});

test('everything else rejects with a code', async (t) => {
  const folder = temporary(t);
  const missing = path.join(folder, 'missing');
  const enoent = { code: 'ENOENT', syscall: 'open', path: missing };
  await assert.rejects(heapdump.open(missing), enoent);
  await assert.rejects(heapdump.analyze(missing), enoent);
  await assert.rejects(heapdump.diff(SMALL, missing), enoent);
  assert.throws(() => heapdump.analyzeSync(missing), enoent);
  assert.throws(() => heapdump.diffSync(SMALL, missing), enoent);
  const text = path.join(folder, 'text');
  fs.writeFileSync(text, 'hello');
  await assert.rejects(heapdump.analyze(text), { code: 'ERR_HEAPDUMP_PARSE', offset: 0, path: text });
  const snapshot = opened(t, SMALL);
  for (const id of [-1, 0.5, NaN, 4e9])
    await assert.rejects(snapshot.retainers(id), { code: 'ERR_HEAPDUMP_NODE_NOT_FOUND', nodeId: id });
});

test('a closed snapshot finishes running queries, and refuses others', async () => {
  const snapshot = await heapdump.open(FIXTURE);
  const running = [snapshot.summary(), snapshot.duplicateStrings({ limit: 1 })];
  // Queries reach their thread in the next microtask.
  await null;
  snapshot.close();
  snapshot.close();
  assert.equal(snapshot.closed, true);
  for (const { rows } of await Promise.all(running)) assert.ok(rows.length > 0);
  const closed = { code: 'ERR_HEAPDUMP_CLOSED' };
  assert.throws(() => snapshot.summarySync(), closed);
  assert.throws(() => snapshot.nodeCount, closed);
  await assert.rejects(snapshot.summary(), closed);
  await assert.rejects(snapshot.children(), closed);
  assert.throws(() => snapshot.childrenSync(), closed);
  await assert.rejects(heapdump.analyze(snapshot), closed);
  await assert.rejects(heapdump.diff(SMALL, snapshot), closed);
  await assert.rejects(heapdump.diff(snapshot, SMALL), closed);
});

test('analyze() and diff() close the files that they open', async (t) => {
  const handles = [];
  withOpen(t, (open) => (...args) => {
    const handle = open(...args);
    handles.push(handle);
    return handle;
  });
  await heapdump.analyze(SMALL);
  heapdump.analyzeSync(SMALL);
  await heapdump.diff(SMALL, SMALL);
  await assert.rejects(heapdump.diff(SMALL, __filename), { code: 'ERR_HEAPDUMP_PARSE' });
  assert.throws(() => heapdump.diffSync(SMALL, __filename), { code: 'ERR_HEAPDUMP_PARSE' });
  const settled = await Promise.allSettled(handles);
  assert.equal(settled.length, 7);
  for (const { value } of settled) assert.ok(value === undefined || value.closed);
});

test('a signal gives the work up', async () => {
  const aborted = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' };
  const already = { signal: AbortSignal.abort('enough') };
  const snapshot = heapdump.openSync(FIXTURE);
  for (const call of [
    () => heapdump.open(FIXTURE, already),
    () => heapdump.analyze(FIXTURE, already),
    () => heapdump.analyze(snapshot, already),
    () => heapdump.diff(snapshot, FIXTURE, already),
    () => heapdump.diff(snapshot, snapshot, already),
    () => snapshot.find(already),
  ])
    await assert.rejects(call(), aborted);
  for (const call of [
    (options) => heapdump.open(FIXTURE, options),
    (options) => heapdump.analyze(FIXTURE, options),
    (options) => heapdump.diff(snapshot, snapshot, options),
    (options) => snapshot.find(options),
  ]) {
    const controller = new AbortController();
    const promise = call({ signal: controller.signal });
    controller.abort('enough');
    await assert.rejects(promise, aborted);
  }
  snapshot.close();
});

test('a snapshot that comes after all is closed', async (t) => {
  const controller = new AbortController();
  let late;
  withOpen(t, (open) => (file) => {
    // Without the control the thread does not see the cancellation.
    late = open(file);
    return late;
  });
  const promise = heapdump.open(SMALL, { signal: controller.signal });
  controller.abort();
  await assert.rejects(promise, { code: 'ABORT_ERR' });
  const handle = await late;
  await null;
  assert.equal(handle.closed, true);
});

test('progress is reported, and ends with the work', async () => {
  const seen = [];
  await heapdump.analyze(FIXTURE, { onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(Object.keys(seen.at(-1)), ['stage', 'done', 'total']);
  assert.notEqual(seen.at(-1).stage, 'start');
  await assert.rejects(
    heapdump.open(SMALL, {
      onProgress() {
        throw new Error('mine');
      },
    }),
    { message: 'mine' },
  );
});

test('a snapshot can be disposed of', { skip: !Symbol.dispose && 'this Node has no Symbol.dispose' }, () => {
  const snapshot = heapdump.openSync(SMALL);
  snapshot[Symbol.dispose]();
  assert.equal(snapshot.closed, true);
});

test('nothing of the analysis is loaded before it is used', () => {
  const script = `
    const heapdump = require(${JSON.stringify(path.resolve(__dirname, '..'))});
    const loaded = () => Object.keys(require.cache).some((file) => /lib.analysis./.test(file));
    const before = loaded();
    heapdump.analyzeSync(${JSON.stringify(SMALL)});
    console.log(before, loaded());
  `;
  assert.equal(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout.trim(), 'false true');
});

test('handles, odd characters and all', (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'ünï cödé.heapsnapshot');
  fs.writeFileSync(file, adversarial(1).before);
  const snapshot = opened(t, pathToFileURL(file));
  assert.ok(snapshot instanceof heapdump.Snapshot);
  assert.ok(snapshot.nodeCount > 0 && snapshot.edgeCount > 0 && snapshot.totalSize > 0 && snapshot.memoryUsed > 0);
});
