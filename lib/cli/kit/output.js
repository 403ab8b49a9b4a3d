'use strict';
// Writes to standard output.

const { once } = require('node:events');
const { MAX_NAME_COLUMNS, layout } = require('./table.js');
const { integer } = require('../../text.js');

const STYLES = { bold: ['1', '22'], dim: ['2', '22'], red: ['31', '39'], green: ['32', '39'] };

/** Colour is used on terminals, unless NO_COLOR is set (https://no-color.org). */
const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

function style(name, text) {
  const [on, off] = STYLES[name];
  return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** Writes text or bytes, and waits until the reader can take more. */
async function write(data) {
  if (!process.stdout.write(data)) await once(process.stdout, 'drain');
}

/** Prints lines. */
async function print(lines) {
  await write(`${lines.join('\n')}\n`);
}

/** Prints a table with its header in bold. Shortens long names unless `full`. */
async function printTable(columns, rows, { full = false } = {}) {
  const limits = process.stdout.isTTY ? [process.stdout.columns] : [Infinity, MAX_NAME_COLUMNS];
  const [head, ...body] = layout(columns, rows, ...(full ? [Infinity] : limits));
  await print([style('bold', head), ...body]);
}

/**
 * Prints an object as JSON. Each row of a list is on a line of its own, and rows are written in pieces, so that output of any size
 * can be followed, cut and compared.
 * @param {object} result
 */
async function printJson(result) {
  const { rows, ...head } = result;
  if (!Array.isArray(rows)) {
    await write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const start = JSON.stringify(head).slice(0, -1);
  await write(`${start}${start.length > 1 ? ',' : ''}"rows":[`);
  const step = 1000;
  for (let i = 0; i < rows.length; i += step) {
    const piece = rows
      .slice(i, i + step)
      .map((row) => JSON.stringify(row))
      .join(',\n');
    await write(`${i === 0 ? '\n' : ',\n'}${piece}`);
  }
  await write(rows.length > 0 ? '\n]}\n' : ']}\n');
}

/** Returns how many rows of a list are shown, and the option that shows more. */
function shown(what, count, total, option = 'limit') {
  return count < total
    ? `${integer(count)} of ${integer(total)} ${what} shown; --${option}=N shows more`
    : `${integer(total)} ${what}`;
}

module.exports = { print, printJson, printTable, shown, style, write };
