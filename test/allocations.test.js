'use strict';
// Allocation stacks and the timeline of a snapshot that this version of Node takes while it tracks allocations. test:oracle compares such
// snapshots with DevTools; here, the program says what is right.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { openSync } = require('heapdump-rs');
const { outputOf } = require('./support/command.js');
const { ROOT, temporary } = require('./support/temporary.js');

const PROGRAM = path.join(ROOT, 'test/fixtures/make/tracked.js');
const SOURCE = fs.readFileSync(PROGRAM, 'utf8').split('\n');
/**
 * V8 forgets the stack of an object that moves after it got its id, as it does at each point of the timeline, after a garbage
 * collection. With these options, that collection moves all objects to where they stay.
 */
const STAYING = ['--no-page-promotion', '--no-compact'];
const WITHOUT = path.join(ROOT, 'test/fixtures/node26.heapsnapshot.zst');
/** Orders that the program keeps, and those that it makes. */
const [KEPT, MADE] = [150, 300];

let folder;
let file;
let snapshot;

before((t) => {
  folder = temporary(t);
  file = path.join(folder, 'tracked.heapsnapshot');
  execFileSync(process.execPath, [...STAYING, PROGRAM, file]);
  snapshot = openSync(file);
});
after(() => snapshot.close());

/** Returns the 1-based line and column of a text in the program. */
function placeOf(text) {
  const line = SOURCE.findIndex((one) => one.includes(text));
  return { line: line + 1, column: SOURCE[line].indexOf(text) + 1 };
}

const names = (frames) => frames.map((frame) => frame.function);

test('an object has the stack that allocated it', () => {
  const { rows } = snapshot.instancesSync('Order');
  assert.equal(rows.length, KEPT);
  for (const { id } of rows) {
    const stack = snapshot.allocationStackSync(id);
    assert.deepEqual(names(stack).slice(0, 3), ['fetchOrder', 'handle', 'main']);
    assert.deepEqual(names(stack).slice(-1), ['(root)']);
    assert.deepEqual(snapshot.nodeSync(id).allocationStack, stack);
    // V8 records the parameters as the beginning of a function.
    const [fetchOrder, handle] = stack;
    assert.equal(fetchOrder.file, PROGRAM);
    assert.deepEqual({ line: fetchOrder.line, column: fetchOrder.column }, placeOf('(id) => new Order'));
    assert.deepEqual({ line: handle.line, column: handle.column }, placeOf('(count) {'));
    assert.equal(fetchOrder.scriptId, handle.scriptId);
  }
  const root = snapshot.allocationStackSync(rows[0].id).at(-1);
  assert.deepEqual(root, { function: '(root)', file: null, scriptId: 0, line: null, column: null });
});

test('recursion is in the stack, call by call', () => {
  const { rows } = snapshot.findSync({ name: '{deep}', type: 'object' });
  const depths = rows.map(({ id }) => names(snapshot.allocationStackSync(id)).filter((name) => name === 'recurse').length);
  assert.deepEqual(
    depths.sort((a, b) => a - b),
    [1, 21, 41],
  );
});

test('functions and stacks have their living objects, and those that are gone', () => {
  const { totals, rows } = snapshot.allocationsSync();
  const sum = (list, key) => list.reduce((total, row) => total + row[key], 0);
  const keys = ['count', 'shallowSize', 'allocatedCount', 'allocatedSize'];
  for (const by of ['function', 'stack']) {
    const found = snapshot.allocationsSync({ by });
    assert.equal(found.rows.length, found.totals.rowCount);
    for (const key of keys) assert.equal(sum(found.rows, key), totals[key], `${by} ${key}`);
  }
  assert.ok(totals.count > 0 && totals.allocatedCount > totals.count);
  const order = rows.find((row) => row.function === 'fetchOrder');
  assert.ok(order.allocatedCount >= MADE && order.count >= KEPT && order.count < order.allocatedCount, JSON.stringify(order));
  assert.ok(order.retainedSize > order.shallowSize);
  assert.deepEqual(names(order.callers).slice(0, 1), ['handle']);
  const sorted = snapshot.allocationsSync({ sort: 'allocatedSize', limit: 5 }).rows.map((row) => row.allocatedSize);
  assert.deepEqual(
    sorted,
    rows
      .map((row) => row.allocatedSize)
      .sort((a, b) => b - a)
      .slice(0, 5),
  );
});

test('the points of the timeline ascend, and have the objects of the heap', () => {
  const { rows } = snapshot.timelineSync();
  assert.ok(rows.length > 1);
  for (const [i, row] of rows.entries()) {
    if (i > 0) assert.ok(row.timestampMs >= rows[i - 1].timestampMs && row.lastAssignedId >= rows[i - 1].lastAssignedId);
  }
  const last = rows.at(-1).lastAssignedId;
  let count = 0;
  for (let offset = 0; ; offset += 10_000) {
    const part = snapshot.findSync({ offset, limit: 10_000 }).rows;
    count += part.filter(({ id }) => id % 2 === 1 && id <= last).length;
    if (part.length === 0) break;
  }
  assert.equal(
    rows.reduce((total, row) => total + row.count, 0),
    count,
  );
});

test('the command line prints stacks', () => {
  const [{ id }] = snapshot.instancesSync('Order', { limit: 1 }).rows;
  const node = outputOf('node', file, id);
  assert.match(node, /Allocated by\nfetchOrder \(.*tracked\.js:\d+:\d+\)\nhandle \(/);
  assert.match(node, /location +script \d+, line \d+, column \d+/);
  assert.match(outputOf('instances', file, 'Order', '--limit=2'), /Allocated by.*\n.*fetchOrder \(.*tracked\.js:\d+:\d+\)/);
  assert.match(outputOf('allocations', file), /fetchOrder .*tracked\.js:\d+:\d+ +handle ← main/);
  assert.match(outputOf('allocations', file, '--by=stack', '--full'), /fetchOrder .*handle ← main .*\(root\)/);
  assert.match(outputOf('timeline', file), /Seconds +Objects +Shallow size/);
});

test('a snapshot without stacks has none, and the command line says why', (t) => {
  const other = openSync(WITHOUT);
  t.after(() => other.close());
  assert.equal(other.allocationStackSync(other.rootId), null);
  assert.equal(other.nodeSync(other.rootId).allocationStack, null);
  assert.deepEqual(other.allocationsSync().rows, []);
  assert.deepEqual(other.timelineSync(), { rows: [] });
  for (const command of ['allocations', 'timeline']) assert.match(outputOf(command, WITHOUT), /did not track/);
  assert.doesNotMatch(outputOf('instances', WITHOUT, 'Object', '--limit=2'), /Allocated by/);
});
