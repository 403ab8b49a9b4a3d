'use strict';
// Tables of objects, which several commands print.

const { heading, numbers } = require('./columns.js');
const { print, printTable, shown, style } = require('./output.js');
const {
  LISTS: { nodes: LIST },
} = require('../../analysis/columns.js');
const { printable, shorten } = require('../../text.js');

/** Columns of numbers that every list of objects has, and the cells of an object in them. */
const { columns: SIZE_COLUMNS, cells: sizes } = numbers(LIST.columns, (key) => key === 'retainedSize');

/** How an object is called on screen: strings in quotes, everything with its id. */
function label({ id, name, type }) {
  const text = printable(name);
  const isString = type === 'string' || type === 'concatenated string' || type === 'sliced string';
  return `${isString ? JSON.stringify(text) : text || `(${type})`} @${id}`;
}

/** Prints a list of objects. `more` are columns beside the usual ones, and `cells` what a row has in them. */
async function printNodes({ totals, rows }, totalSize, how, more = [], cells = () => []) {
  await printTable(
    [{ title: heading(LIST.first), shrink: true }, ...more, ...SIZE_COLUMNS],
    rows.map((row) => [label(row), ...cells(row), ...sizes(row, totalSize)]),
    how,
  );
  return print(['', style('dim', shown('objects', rows.length, totals.count))]);
}

/** Steps of a way that are worth a line. */
const MOST_STEPS = 6;

/** Columns of a name beside others. */
const NAME_COLUMNS = 40;

/** A name that is one of several in a cell, cut unless `full`. */
function short(text, { full }) {
  return full ? text : shorten(text, NAME_COLUMNS);
}

/** A way from an object towards the roots: who holds it, and who holds that. */
function way(path, how) {
  const steps = path
    .slice(0, MOST_STEPS)
    .map(({ edge, name, type }) => `${short(printable(edge), how)} in ${short(printable(name) || `(${type})`, how)}`);
  const more = path.length - steps.length;
  return ['', ...steps, ...(more > 0 ? [`${more} more`] : [])].join(' \u2190 ').trimStart();
}

module.exports = { SIZE_COLUMNS, label, printNodes, short, sizes, way };
