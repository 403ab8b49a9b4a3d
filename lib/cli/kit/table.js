'use strict';
// Lays out tables in a limited width.

const { shorten, width } = require('../../text.js');

const GAP = '  ';
/** Minimum width of a shortened name. */
const MIN_NAME_COLUMNS = 16;

/** Maximum width of a name if the output is not a terminal. The width of the table is then unlimited. */
const MAX_NAME_COLUMNS = 80;

/** Returns widths that are smaller by `excess` together. The widest column that can shrink shrinks first. */
function shrunk(columns, widths, excess) {
  const result = [...widths];
  const names = columns.flatMap(({ shrink }, i) => (shrink ? [i] : []));
  while (excess > 0 && names.length > 0) {
    names.sort((a, b) => result[b] - result[a]);
    const [widest, next] = names;
    if (result[widest] <= MIN_NAME_COLUMNS) break;
    // Two columns of equal width shrink alternately.
    const given = Math.min(excess, Math.max(result[widest] - Math.max(result[next] ?? 0, MIN_NAME_COLUMNS), 1));
    result[widest] -= given;
    excess -= given;
  }
  return result;
}

/**
 * Lays out a table.
 * @param {Array<{title: string, align?: 'left'|'right', shrink?: boolean, isPath?: boolean}>} columns `isPath`: several names
 * @param {string[][]} rows printable text, one cell per column
 * @param {number} available width of the terminal
 * @param {number} [longest] maximum width of a name
 * @returns {string[]} lines; the first is the header
 */
function layout(columns, rows, available, longest = Infinity) {
  const wanted = columns.map(({ title, shrink, isPath }, i) => {
    const widest = rows.reduce((max, row) => Math.max(max, width(row[i])), width(title));
    return shrink && !isPath ? Math.min(widest, longest) : widest;
  });
  const total = wanted.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
  const widths = shrunk(columns, wanted, total - available);
  const pad = (text, i) => {
    const cell = columns[i].shrink ? shorten(text, widths[i]) : text;
    const space = ' '.repeat(Math.max(0, widths[i] - width(cell)));
    return columns[i].align === 'right' ? space + cell : cell + space;
  };
  const line = (row) => row.map(pad).join(GAP).trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

module.exports = { MAX_NAME_COLUMNS, layout };
