'use strict';
// Answers as they travel: JSON, in which long texts are cut, and contents of strings are empty unless asked for.
//
// `JSON.stringify` writes lone surrogates as escapes, so every text survives the way there; arguments come back as JSON in
// the address for the same reason.

const { createHash } = require('node:crypto');
const { withoutText, withoutValue } = require('../report/values.js');

/** UTF-16 units of a text that is sent whole; what V8 itself leaves of a string in a snapshot. */
const LONGEST_TEXT = 1024;

/** Ids of equal strings that are sent. */
const MOST_IDS = 100;

/** Shortens a text. What it ends with tells texts apart that begin alike. */
function cut(text) {
  if (text.length <= LONGEST_TEXT) return text;
  const isInPair = /[\ud800-\udbff]/.test(text[LONGEST_TEXT - 1]);
  const head = text.slice(0, isInPair ? LONGEST_TEXT - 1 : LONGEST_TEXT);
  const digest = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 8);
  return `${head}\u2026 [${text.length} characters, ${digest}]`;
}

/** Whether `text` may be what `cut` made. */
function isCut(text) {
  return /\u2026 \[\d+ characters, [0-9a-f]{8}\]$/.test(text);
}

/**
 * Writes an answer.
 * @param {unknown} answer
 * @param {{values: boolean, whole: boolean}} how `values`: with contents of strings; `whole`: with texts of any length
 * @returns {string}
 */
function write(answer, { values, whole }) {
  return JSON.stringify(answer, (_, value) => {
    if (typeof value === 'string') return whole ? value : cut(value);
    if (typeof value !== 'object' || value === null) return value;
    if (typeof value.type === 'string' && typeof value.name === 'string') return values ? value : withoutValue(value);
    if (typeof value.value === 'string' && Array.isArray(value.ids))
      return { ...(values ? value : withoutText(value)), ids: value.ids.slice(0, MOST_IDS) };
    return value;
  });
}

module.exports = { LONGEST_TEXT, cut, isCut, write };
