'use strict';
// How objects and references are called on screen. Nothing of a snapshot gets there but through `safe`.

const { integer, printable } = require('../../text.js');

/** UTF-16 units of a name that anybody reads; names can be megabytes. */
const LONGEST = 400;

/** Text of a snapshot, fit to be shown. */
function safe(text, longest = LONGEST) {
  if (text.length <= longest) return printable(text);
  // Not half of a character.
  const end = /[\ud800-\udbff]/.test(text[longest - 1]) ? longest - 1 : longest;
  return `${printable(text.slice(0, end))}\u2026`;
}

/** Types whose names are contents, which are shown on demand only. */
const CONTENTS = new Set(['string', 'concatenated string', 'sliced string', 'regexp', 'bigint']);
const STRINGS = new Set(['string', 'concatenated string', 'sliced string']);

/** A content: as it is, or how long it is. */
function content(text, look, isString = true) {
  const quote = isString ? '"' : '';
  if (look.values) return [{ text: quote + safe(text) + quote, tone: 'string' }];
  return [
    { text: `${quote}\u2026${quote}`, tone: 'string' },
    { text: ` ${look.words.characters(integer(text.length))}`, tone: 'dim' },
  ];
}

/** An object, with its id. */
function object({ id, name, type }, look) {
  const text = CONTENTS.has(type) ? content(name, look, STRINGS.has(type)) : [{ text: safe(name) || `(${safe(type)})` }];
  return [...text, { text: ` @${id}`, tone: 'dim' }];
}

/** A reference: elements in brackets, as they are written. */
function edge({ edge: name, edgeType }) {
  const text = edgeType === 'element' || edgeType === 'hidden' ? `[${safe(name)}]` : safe(name);
  return { text, tone: edgeType === 'property' || edgeType === 'context' || edgeType === 'element' ? 'edge' : 'dim' };
}

module.exports = { content, edge, object, safe };
