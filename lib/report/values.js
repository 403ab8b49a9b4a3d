'use strict';
// Removes contents of strings from answers unless they were requested. Names of properties, constructors, functions and files stay.

/** V8's kinds of objects whose names are data. */
const DATA = new Set(['string', 'concatenated string', 'sliced string', 'regexp', 'number']);

/** V8 includes the names of key and value, which can be strings, in the name of such a reference. */
const PAIR = /^(\d+ \/ part of key \().*(@\d+\) pair in WeakMap \(.*\))$/s;

/**
 * Returns an object, a reference or a step of a path without contents. If the name is data, it becomes empty.
 *
 * @template {{name: string, type: string, edge?: string}} Row
 * @param {Row} row
 * @returns {Row}
 */
function withoutValue(row) {
  const name = DATA.has(row.type) ? '' : row.name;
  return row.edge === undefined ? { ...row, name } : { ...row, name, edge: row.edge.replace(PAIR, '$1\u2026$2') };
}

/** Returns a duplicated string with its length in UTF-16 units instead of its text. */
function withoutText(row) {
  return { ...row, value: '', length: row.value.length };
}

module.exports = { withoutText, withoutValue };
