'use strict';
// The page of a report sorts without the engine. Its order equals that of the engine, also for rows with equal values.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { COLUMNS, LISTS } = require('../lib/analysis/columns.js');
const { inOrder } = require('../lib/analysis/order.js');
const { SORTS } = require('../lib/analysis/questions.js');
const { diffSync, openSync, trendSync } = require('../index.js');
const { cleanup } = require('./support/cleanup.js');

const FIXTURES = path.join(__dirname, 'fixtures');

function opened(t, ...names) {
  return names.map((name) => {
    const snapshot = openSync(path.join(FIXTURES, `${name}.heapsnapshot.zst`));
    cleanup(t, () => snapshot.close());
    return snapshot;
  });
}

/**
 * Compares the order of rows by the values of the sort column and of its tie-breaker. Rows with equal values in both may differ: the
 * engine sorts them by their place in the file, which a report does not have.
 */
function same(list, ask, directions = [{ reverse: false }, { reverse: true }]) {
  const { rows } = ask({});
  assert.ok(rows.length > 20);
  let ties = 0;
  for (const sort of SORTS[list]) {
    const { tie, ties: others = {} } = LISTS[list];
    const second = Object.hasOwn(others, sort) ? others[sort] : tie;
    const numbers = { countDelta: 'count', sizeDelta: 'shallowSize', retainedDelta: 'retainedSize', distance: 'rawDistance' };
    const keyOf = (row) => [sort, second].map((key) => String(row[key === 'distance' ? 'rawDistance' : key] ?? row[numbers[key]]));
    for (const direction of directions) {
      const expected = ask({ sort, ...direction }).rows.map(keyOf);
      ties += expected.filter(([value], i) => i > 0 && value === expected[i - 1][0]).length;
      assert.deepEqual(inOrder(list, rows, { sort, ...direction }).map(keyOf), expected, `${list} by ${sort}`);
    }
  }
  assert.ok(ties > 0);
}

test('rows of a report are in the order of the engine', (t) => {
  const [before, after] = opened(t, 'node20', 'node20-later');
  same('summary', (options) => after.summarySync(options));
  same('diff', (options) => diffSync(before, after, options));
  same('trend', (options) => trendSync([before, after, after], options));
  const largest = after.summarySync().rows.find(({ constructor }) => constructor === 'Object');
  // The API has objects in one direction only.
  same('nodes', (options) => after.instancesSync(largest.classKey, options), [{}]);
});

test('every column of a list, and every sort key, is in the table of columns', () => {
  for (const { first, besideFirst = [], columns, tie = first, ties = {} } of Object.values(LISTS))
    for (const key of [first, ...besideFirst, ...columns, tie, ...Object.values(ties)]) assert.ok(COLUMNS[key], key);
  for (const key of Object.values(SORTS).flat()) assert.ok(COLUMNS[key], key);
  for (const [key, { title }] of Object.entries(COLUMNS)) assert.ok(title.en && title.zh, key);
});
