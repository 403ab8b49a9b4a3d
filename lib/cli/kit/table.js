'use strict';
// Aligned tables that fit the terminal.

const { shorten, width } = require('./text.js');

const GAP = '  ';
/** Names are shortened to no less than this. */
const NARROWEST = 16;

/**
 * Lays out a table.
 * @param {Array<{title: string, align?: 'left'|'right', shrink?: boolean}>} columns at most one shrinks
 * @param {string[][]} rows printable text, one cell a column
 * @param {number} columnsOfTerminal Infinity when the output is not a terminal
 * @returns {string[]} lines; the first is the header
 */
function layout(columns, rows, columnsOfTerminal) {
  const widths = columns.map(({ title }, i) => rows.reduce((most, row) => Math.max(most, width(row[i])), width(title)));
  const shrinking = columns.findIndex(({ shrink }) => shrink);
  if (shrinking >= 0) {
    const total = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
    const spare = columnsOfTerminal - total;
    if (spare < 0) widths[shrinking] = Math.max(Math.min(NARROWEST, widths[shrinking]), widths[shrinking] + spare);
  }
  const pad = (text, i) => {
    const cell = columns[i].shrink ? shorten(text, widths[i]) : text;
    const space = ' '.repeat(Math.max(0, widths[i] - width(cell)));
    return columns[i].align === 'right' ? space + cell : cell + space;
  };
  const line = (row) => row.map(pad).join(GAP).trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

module.exports = { layout };
