'use strict';
// The tree of calls of flame graphs: its sums are those of the profile and of the allocation stacks, and do not depend on its limit.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openProfile, openSync } = require('heapdump-rs');
const { allocationSources } = require('../lib/analysis/allocation-sources.js');
const { aboutAllocations, allocationTree, allocationTreeSync, profilesOf } = require('../lib/analysis/allocation-tree.js');
const { ROOT, temporary } = require('./support/temporary.js');

const MAKE = path.join(ROOT, 'test/fixtures/make/tracked.js');
/** See allocations.test.js. */
const STAYING = ['--no-page-promotion', '--no-compact'];

/** Writes two snapshots while V8 tracks allocations: 20 objects are in both, 10 in the first one, 30 in the second one. */
const TWO = `
const { Session } = require('node:inspector');
const { writeHeapSnapshot } = require('node:v8');
class Item { constructor(id) { this.id = id; } }
function makeEarly(_, id) { return new Item(id); }
function makeGone(_, id) { return new Item(id); }
function makeLate(_, id) { return new Item(id); }
const kept = (globalThis.kept = {});
// The first calls also allocate internal objects.
for (const make of [makeEarly, makeGone, makeLate]) make(0, 0);
const session = new Session();
session.connect();
session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
setImmediate(() => {
  kept.early = Array.from({ length: 20 }, makeEarly);
  kept.gone = Array.from({ length: 10 }, makeGone);
  setImmediate(() => {
    writeHeapSnapshot(process.argv[2]);
    kept.gone = null;
    kept.late = Array.from({ length: 30 }, makeLate);
    setImmediate(() => {
      writeHeapSnapshot(process.argv[3]);
      process.exit();
    });
  });
});
`;
const START = '2026-01-02T03:04:05.000Z';

let folder;
let tracked;
before((t) => {
  folder = temporary(t);
  const file = path.join(folder, 'tracked.heapsnapshot');
  execFileSync(process.execPath, [...STAYING, MAKE, file]);
  tracked = openSync(file);
});
after(() => tracked.close());

/** Writes a profile of `root > handle > (fetch, parse)`, whose samples are given by function: `[ordinal, bytes]`. */
function profileWith(name, samples, startedAt = START) {
  const ids = { handle: 2, fetch: 3, parse: 4 };
  const all = Object.entries(samples).flatMap(([of, list]) => list.map(([ordinal, size]) => ({ nodeId: ids[of], ordinal, size })));
  const node = (functionName, id, children) => ({
    callFrame: {
      functionName,
      scriptId: '7',
      url: id === 1 ? '' : 'file:///app/a.js',
      lineNumber: id === 1 ? -1 : id,
      columnNumber: 0,
    },
    id,
    selfSize: all.filter(({ nodeId }) => nodeId === id).reduce((sum, { size }) => sum + size, 0),
    children,
  });
  const head = node('(root)', 1, [node('handle', 2, [node('fetch', 3, []), node('parse', 4, [])])]);
  const file = path.join(folder, `${name}.heapprofile`);
  fs.writeFileSync(file, JSON.stringify({ head, samples: all, heapdump: { intervalBytes: 1024, startedAt, durationMs: 1 } }));
  return openProfile(file);
}

/** Returns the rows of a tree: the functions from the root, bytes, number, and both of objects that are gone. */
function rows({ frames, calls }) {
  const paths = [];
  return calls.frame.map((position, at) => {
    const name = position < 0 ? '\u2026' : frames[position].function;
    paths.push([...(paths[calls.caller[at]] ?? []), name]);
    return [paths[at].join(' '), calls.size[at], calls.count[at], calls.removedSize?.[at], calls.removedCount?.[at]];
  });
}

const sum = (list) => list.reduce((total, value) => total + value, 0);

test('the tree of a profile has its samples by call', () => {
  const profile = profileWith('one', {
    handle: [[1, 100]],
    fetch: [
      [2, 300],
      [3, 300],
    ],
    parse: [[4, 50]],
  });
  const tree = allocationTreeSync([{ profile }], { from: 'profile' });
  assert.deepEqual(rows(tree), [
    ['(root)', 0, 0, undefined, undefined],
    ['(root) handle', 100, 1, undefined, undefined],
    ['(root) handle fetch', 600, 2, undefined, undefined],
    ['(root) handle parse', 50, 1, undefined, undefined],
  ]);
  assert.equal(tree.callCount, 4);
  assert.deepEqual(tree.frames[2], { function: 'fetch', file: '/app/a.js', line: 4, column: 1 });
});

test('the heaviest calls stay, and the others are one per caller', () => {
  const profile = profileWith('limited', { handle: [[1, 100]], fetch: [[2, 600]], parse: [[4, 50]] });
  const limited = (nodes) => rows(allocationTreeSync([{ profile }], { from: 'profile', nodes })).map((row) => row.slice(0, 3));
  assert.deepEqual(limited(3), [
    ['(root)', 0, 0],
    ['(root) handle', 100, 1],
    ['(root) handle fetch', 600, 1],
    ['(root) handle \u2026', 50, 1],
  ]);
  assert.deepEqual(limited(1), [
    ['(root)', 0, 0],
    ['(root) \u2026', 750, 3],
  ]);
});

test('the difference of two profiles has samples of one of them only', () => {
  const earlier = profileWith('earlier', {
    handle: [[1, 100]],
    fetch: [
      [2, 300],
      [3, 300],
    ],
    parse: [[4, 50]],
  });
  const later = profileWith('later', {
    handle: [[1, 100]],
    fetch: [
      [3, 300],
      [5, 400],
      [6, 400],
    ],
  });
  const recorded = [{ profile: earlier }, { profile: later }];
  assert.deepEqual(rows(allocationTreeSync(recorded, { from: 'profile', base: 0 })), [
    ['(root)', 0, 0, 0, 0],
    ['(root) handle', 0, 0, 0, 0],
    ['(root) handle fetch', 800, 2, 300, 1],
    ['(root) handle parse', 0, 0, 50, 1],
  ]);
  assert.deepEqual(
    rows(
      allocationTreeSync(
        [recorded[1], recorded[1]].map((one) => ({ ...one })),
        { from: 'profile', base: 0 },
      ),
    ),
    [],
  );
  for (const base of [-1, 0.5, 1, 2]) {
    assert.throws(() => allocationTreeSync(recorded, { from: 'profile', base }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.throws(() => allocationTreeSync([{}, recorded[1]], { from: 'profile', base: 0 }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('profiles of different starts of a profiler cannot be compared', () => {
  const recorded = [START, '2026-01-02T04:00:00.000Z'].map((startedAt, at) => ({
    profile: profileWith(`start${at}`, { handle: [[1, 100]] }, startedAt),
  }));
  assert.throws(() => allocationTreeSync(recorded, { from: 'profile', base: 0 }), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
});

test('the tree of allocation stacks has the objects of allocations(), with any limit', async () => {
  const { totals } = tracked.allocationsSync();
  for (const nodes of [1, 7, Infinity]) {
    const tree = await allocationTree([{ snapshot: tracked }], { from: 'stacks', ...(nodes < Infinity && { nodes }) });
    assert.equal(sum(tree.calls.size), totals.shallowSize);
    // Calls without bytes are left out: V8 moves the size of a helper to its owner.
    assert.ok(sum(tree.calls.count) <= totals.count);
    assert.ok(
      tree.calls.caller.every((caller, at) => caller < at),
      'callers come first',
    );
    assert.equal(tree.calls.frame.filter((at) => at >= 0).length, Math.min(nodes, tree.callCount));
  }
  const tree = allocationTreeSync([{ snapshot: tracked }], { from: 'stacks' });
  const expected = new Map();
  for (const row of tracked.allocationsSync({ by: 'stack' }).rows) {
    // Several functions can look the same.
    const names = [row, ...row.callers]
      .map((frame) => frame.function)
      .reverse()
      .join(' ');
    expected.set(names, (expected.get(names) ?? 0) + row.shallowSize);
  }
  const found = new Map();
  for (const [names, size] of rows(tree)) found.set(names, (found.get(names) ?? 0) + size);
  for (const [names, size] of expected) assert.equal(found.get(names) ?? 0, size, names);
});

test('the difference of two snapshots has objects of one of them only', () => {
  const program = path.join(folder, 'two.js');
  fs.writeFileSync(program, TWO);
  const files = [1, 2].map((number) => path.join(folder, `two${number}.heapsnapshot`));
  execFileSync(process.execPath, [...STAYING, program, ...files]);
  const snapshots = files.map((file) => openSync(file));
  try {
    const [first, last] = snapshots.map((snapshot) => ({ snapshot }));
    const tree = allocationTreeSync([first, last], { from: 'stacks', base: 0 });
    const counts = rows(tree).map(([names, , count, , removedCount]) => [names.split(' ').at(-1), { count, removedCount }]);
    const found = Object.fromEntries(counts);
    // V8 also attributes a few internal objects to a function that runs.
    const isNearly = (count, items) => count >= items && count < items + 5;
    assert.ok(isNearly(found.makeLate.count, 30) && found.makeLate.removedCount === 0, JSON.stringify(found.makeLate));
    assert.ok(isNearly(found.makeGone.removedCount, 10) && found.makeGone.count === 0, JSON.stringify(found.makeGone));
    assert.equal(found.makeEarly, undefined);
    const same = allocationTreeSync([first, { ...last, snapshot: first.snapshot }], { from: 'stacks', base: 0 });
    assert.deepEqual(same.calls.frame, []);
  } finally {
    for (const snapshot of snapshots) snapshot.close();
  }
});

test('profiles are found beside snapshots, or are given for the last ones', () => {
  const [a, b] = ['a', 'b'].map((name) => path.join(folder, `${name}.heapsnapshot`));
  profileWith('a', { handle: [[1, 100]] });
  profileWith('given', { handle: [[1, 200]] });
  const given = path.join(folder, 'given.heapprofile');
  const bytes = (profiles) => profiles.map((profile) => profile?.totals.bytes);
  assert.deepEqual(bytes(profilesOf([a, b])), [100, undefined]);
  assert.deepEqual(bytes(profilesOf([a, b], [given])), [100, 200]);
  assert.deepEqual(bytes(profilesOf([a, b], [given, given])), [200, 200]);
  fs.writeFileSync(path.join(folder, 'b.heapprofile'), '{}');
  assert.deepEqual(bytes(profilesOf([a, b])), [100, undefined]);
  assert.throws(() => profilesOf([a, b], [path.join(folder, 'b.heapprofile')]), { code: 'ERR_HEAPDUMP_PARSE' });
});

test('only profiles of one start of a profiler are compared', () => {
  const about = (name, startedAt) =>
    aboutAllocations({ snapshot: tracked, profile: profileWith(name, { handle: [[1, 1]] }, startedAt) });
  const known = [about('first', START), about('other', '2026-01-02T04:00:00.000Z'), { hasStacks: true }, about('last', START)];
  assert.deepEqual(allocationSources(known), [
    { from: 'profile', bases: [0] },
    { from: 'stacks', bases: [0, 1, 2] },
  ]);
  assert.deepEqual(allocationSources([{ profile: { startedAt: null } }, { profile: { startedAt: null } }]), [
    { from: 'profile', bases: [] },
  ]);
  assert.deepEqual(allocationSources([{}]), []);
});
