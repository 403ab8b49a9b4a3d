'use strict';
// The order of rows, as the engine sorts them, ties included: for the page of a report, which has no engine.
// crates/heapsnapshot/src/report/ has the original; test/order.test.js compares both.

const { COLUMNS, LISTS } = require('./columns.js');
const { sorts: SORTS } = require('./queries.json');

/** Numbers descend; these units ascend. */
const ASCENDING = new Set(['name', 'id', 'distance']);

/** Growth from the first snapshot to the last, by the numbers of each. */
const SERIES = { sizeDelta: 'shallowSize', countDelta: 'count', retainedDelta: 'retainedSize' };

/** The value of a row that `key` sorts by. */
function valueOf(row, key) {
  // Not null if there is no path, as `distance` is.
  if (key === 'distance') return row.rawDistance;
  const series = row[key] === undefined ? row[SERIES[key]] : undefined;
  return series === undefined ? row[key] : series.at(-1) - series[0];
}

/** Compares two rows by one column, in its natural direction. */
function byColumn(key, a, b) {
  const [x, y] = [valueOf(a, key), valueOf(b, key)];
  if (x === y) return 0;
  return (x < y ? -1 : 1) * (ASCENDING.has(COLUMNS[key].unit) ? 1 : -1);
}

/** The value of a table under a name that every object inherits, such as `constructor`. */
const own = (table = {}, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

/**
 * Returns the rows in another order. `reverse` turns the column round, not the ties. Rows that are equal in the tie, too, are in
 * the default order; the engine has them in the order of the file, which a report does not know.
 * @param {'summary' | 'nodes' | 'diff' | 'trend'} list
 * @param {object[]} rows in the default order of the list
 * @param {{sort?: string, reverse?: boolean}} options
 */
function inOrder(list, rows, { sort = SORTS[list][0], reverse = false }) {
  if (sort === SORTS[list][0] && !reverse) return rows;
  const { tie, ties, compound } = LISTS[list];
  const keys = own(compound, sort) ?? [sort];
  const direction = reverse ? -1 : 1;
  const compare = (a, b) => keys.reduce((order, key) => order || byColumn(key, a, b), 0) * direction;
  return [...rows].sort((a, b) => compare(a, b) || byColumn(own(ties, sort) ?? tie, a, b));
}

module.exports = { inOrder };
