'use strict';
// Labels of objects and references. All text of a snapshot passes `safe` before it is shown.

const { integer, printable } = require('../../text.js');

/** Maximum length of a name in UTF-16 units. Names can have megabytes. */
const MAX_NAME_LENGTH = 400;

/** Shortens a text of a snapshot, and escapes its control characters. */
function safe(text, maxLength = MAX_NAME_LENGTH) {
  if (text.length <= maxLength) return printable(text);
  // Does not split a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[maxLength - 1]) ? maxLength - 1 : maxLength;
  return `${printable(text.slice(0, end))}\u2026`;
}

/** Types whose names are contents. These are shown only on demand. */
const CONTENTS = new Set(['string', 'concatenated string', 'sliced string', 'regexp', 'bigint']);
const STRINGS = new Set(['string', 'concatenated string', 'sliced string']);

/** Returns the label of a content: its text, or its length if contents are hidden. */
function content(text, look, isString = true) {
  const quote = isString ? '"' : '';
  if (look.values) return [{ text: quote + safe(text) + quote, tone: 'string' }];
  return [
    { text: `${quote}\u2026${quote}`, tone: 'string' },
    { text: ` ${look.words.characters(integer(text.length))}`, tone: 'dim' },
  ];
}

/** Returns the label of an object, with its id. */
function object({ id, name, type }, look) {
  const text = CONTENTS.has(type) ? content(name, look, STRINGS.has(type)) : [{ text: safe(name) || `(${safe(type)})` }];
  return [...text, { text: ` @${id}`, tone: 'dim' }];
}

/** Returns the label of a reference. Elements are in brackets. */
function edge({ edge: name, edgeType }) {
  const text = edgeType === 'element' || edgeType === 'hidden' ? `[${safe(name)}]` : safe(name);
  return { text, tone: edgeType === 'property' || edgeType === 'context' || edgeType === 'element' ? 'edge' : 'dim' };
}

module.exports = { content, edge, object, safe };
