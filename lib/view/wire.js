'use strict';
// Serialises answers as JSON: long texts are cut, and contents of strings are empty unless requested.
//
// `JSON.stringify` escapes lone surrogates, so every text is transferred losslessly. Arguments in the URL are JSON for the same
// reason.

const { createHash } = require('node:crypto');
const { withoutText, withoutValue } = require('../report/values.js');

/** Maximum length of a text in UTF-16 units. V8 itself cuts strings in a snapshot to this length. */
const MAX_TEXT_LENGTH = 1024;

/** Maximum number of ids sent for equal strings. */
const MAX_IDS = 100;

/** Shortens a text. The hash at the end distinguishes texts with equal beginnings. */
function cut(text) {
  if (text.length <= MAX_TEXT_LENGTH) return text;
  const isInPair = /[\ud800-\udbff]/.test(text[MAX_TEXT_LENGTH - 1]);
  const head = text.slice(0, isInPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH);
  const digest = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 8);
  return `${head}\u2026 [${text.length} characters, ${digest}]`;
}

/** Returns whether `text` can be a result of `cut`. */
function isCut(text) {
  return /\u2026 \[\d+ characters, [0-9a-f]{8}\]$/.test(text);
}

/**
 * Serialises an answer.
 *
 * @param {unknown} answer
 * @param {{values: boolean, whole: boolean}} how `values`: include contents of strings; `whole`: do not cut texts
 * @returns {string}
 */
function write(answer, { values, whole }) {
  return JSON.stringify(answer, (_, value) => {
    if (typeof value === 'string') return whole ? value : cut(value);
    if (typeof value !== 'object' || value === null) return value;
    if (typeof value.type === 'string' && typeof value.name === 'string') return values ? value : withoutValue(value);
    if (typeof value.value === 'string' && Array.isArray(value.ids))
      return { ...(values ? value : withoutText(value)), ids: value.ids.slice(0, MAX_IDS) };
    return value;
  });
}

module.exports = { MAX_TEXT_LENGTH, cut, isCut, write };
