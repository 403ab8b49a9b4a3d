'use strict';
// Columns of lists, for the command line, the terminal explorer and the page. columns.json is the table:
//
// - `columns`, by the name of the value in a row: `unit` (`name`, `id`, `distance`, `count`, `bytes`, or `countDelta` and
//   `bytesDelta`, which have a sign), and `title`, the heading of Chrome DevTools in each language.
// - `lists`: `first`, the column that names the row; `besideFirst`, numbers that terminal and page write after the name instead
//   of in a column; `columns`; `hasShares`, whether bytes are followed by their share of the heap; `optional`, columns that a
//   narrow terminal leaves out; `tie`, `ties` and `compound`, the order of rows that are equal in one column (see order.js).
//   A list that no report sorts has none.

const { columns: COLUMNS, lists: LISTS } = require('./columns.json');

/** Returns the headings of all columns in a language, by key. */
const titlesIn = (language) => Object.fromEntries(Object.entries(COLUMNS).map(([key, { title }]) => [key, title[language]]));

module.exports = { COLUMNS, LISTS, titlesIn };
