'use strict';
// Columns of printed tables, from the table of columns (lib/analysis/columns.json).

const { COLUMNS } = require('../../analysis/columns.js');
const { distance, integer, percent, printable, signed } = require('../../text.js');

/** Unit of a column -> the text of a value. */
const WRITERS = { name: printable, distance, count: integer, bytes: integer, countDelta: signed, bytesDelta: signed };

/** Returns the heading of a column: `Shallow size`. */
function heading(key) {
  const { en } = COLUMNS[key].title;
  return en[0] + en.slice(1).toLowerCase();
}

/**
 * Returns the columns of a table with these numbers, as `printTable` takes them, and the cells of a row.
 * @param {string[]} keys
 * @param {(key: string) => boolean} [hasShare] whether bytes are followed by their share of the heap, in a column of its own
 */
function numbers(keys, hasShare = () => true) {
  const withShare = (key) => COLUMNS[key].unit === 'bytes' && hasShare(key);
  return {
    columns: keys.flatMap((key) => [
      { title: heading(key), align: 'right' },
      ...(withShare(key) ? [{ title: '', align: 'right' }] : []),
    ]),
    cells: (row, totalSize) =>
      keys.flatMap((key) => [WRITERS[COLUMNS[key].unit](row[key]), ...(withShare(key) ? [percent(row[key], totalSize)] : [])]),
  };
}

module.exports = { WRITERS, heading, numbers };
