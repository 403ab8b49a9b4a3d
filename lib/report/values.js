'use strict';
// Takes contents of strings out of answers, for whoever has not asked for them. Names of properties, constructors,
// functions and files stay.

/** V8's kinds of objects whose names are data. */
const DATA = new Set(['string', 'concatenated string', 'sliced string', 'regexp', 'number']);

/** V8 puts the names of both ends into the name of such a reference, and these can be texts. */
const PAIR = /^(\d+ \/ part of key \().*(@\d+\) pair in WeakMap \(.*\))$/s;

/**
 * An object, a reference or a step of a path without its contents. The name of what is data becomes empty.
 * @template {{name: string, type: string, edge?: string}} Row
 * @param {Row} row
 * @returns {Row}
 */
function withoutValue(row) {
  const name = DATA.has(row.type) ? '' : row.name;
  return row.edge === undefined ? { ...row, name } : { ...row, name, edge: row.edge.replace(PAIR, '$1\u2026$2') };
}

/** A text that is stored several times: only its length, in UTF-16 units, is told. */
function withoutText(row) {
  return { ...row, value: '', length: row.value.length };
}

module.exports = { withoutText, withoutValue };
