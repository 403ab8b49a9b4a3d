'use strict';
// Sorts rows as the engine does, ties included: for the page of a report, which has no engine.
// crates/heapsnapshot/src/report/ has the original; test/order.test.js compares both.

const { COLUMNS, LISTS } = require('./columns.js');
const { sorts: SORTS } = require('./queries.json');

/** Units that are sorted in ascending order. All others descend. */
const ASCENDING = new Set(['name', 'id', 'distance']);

/** Sort key of a growth -> the series that it is computed from. */
const SERIES = { sizeDelta: 'shallowSize', countDelta: 'count', retainedDelta: 'retainedSize' };

/** Returns the value of a row that `key` sorts by. */
function valueOf(row, key) {
  // Unlike `distance`, it is a number even without a path.
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

/** Returns an own property, because every object inherits names such as `constructor`. */
const own = (table = {}, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

/**
 * Returns the rows in another order. `reverse` reverses the column, not the ties. Rows that are equal in the tie, too, are in the
 * default order. The engine has them in the order of the file, which a report does not know.
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
