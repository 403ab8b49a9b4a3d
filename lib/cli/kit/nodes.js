'use strict';
// Prints tables of objects.

const { heading, numbers } = require('./columns.js');
const { print, printTable, shown, style } = require('./output.js');
const {
  LISTS: { nodes: LIST },
} = require('../../analysis/columns.js');
const { printable, shorten } = require('../../text.js');

/** The number columns of every list of objects, and the cells of an object in them. */
const { columns: SIZE_COLUMNS, cells: sizes } = numbers(LIST.columns, (key) => key === 'retainedSize');

/** Returns the label of an object: its name, in quotes if it is a string, and its id. */
function label({ id, name, type }) {
  const text = printable(name);
  const isString = type === 'string' || type === 'concatenated string' || type === 'sliced string';
  return `${isString ? JSON.stringify(text) : text || `(${type})`} @${id}`;
}

/** Prints a list of objects. `more` are additional columns, and `cells` returns the cells of a row in them. */
async function printNodes({ totals, rows }, totalSize, how, more = [], cells = () => []) {
  await printTable(
    [{ title: heading(LIST.first), shrink: true }, ...more, ...SIZE_COLUMNS],
    rows.map((row) => [label(row), ...cells(row), ...sizes(row, totalSize)]),
    how,
  );
  return print(['', style('dim', shown('objects', rows.length, totals.count))]);
}

/** Maximum number of printed steps of a path. */
const MAX_STEPS = 6;

/** Maximum width of a name that shares a cell with others. */
const NAME_COLUMNS = 40;

/** Shortens a name that shares a cell with others, unless `full`. */
function short(text, { full }) {
  return full ? text : shorten(text, NAME_COLUMNS);
}

/** Returns the text of a path from an object towards the roots: its retainer, the retainer of that one, and so on. */
function pathText(path, how) {
  const steps = path
    .slice(0, MAX_STEPS)
    .map(({ edge, name, type }) => `${short(printable(edge), how)} in ${short(printable(name) || `(${type})`, how)}`);
  const more = path.length - steps.length;
  return ['', ...steps, ...(more > 0 ? [`${more} more`] : [])].join(' \u2190 ').trimStart();
}

module.exports = { SIZE_COLUMNS, label, pathText, printNodes, short, sizes };
