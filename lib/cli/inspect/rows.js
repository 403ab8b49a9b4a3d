'use strict';
// What is on screen of the rows of a tree.

const { safe } = require('./names.js');

/** UTF-16 units of what a finding says. */
const LONGEST_TEXT = 4000;

/** A row: of an item, or why there is none. `nothing` is the word for an empty list. */
function describeRow({ state, list, item, depth, error, isOpen, opens }, look, nothing) {
  if (state === 'item') {
    const marker = isOpen ? '\u25be' : opens() ? '\u25b8' : ' ';
    return { depth, marker, ...list.show(item, look) };
  }
  const failure = error && `${safe(String(error.message))}${error.code ? ` (${error.code})` : ''}`;
  const text = { reading: look.words.reading, empty: nothing, failed: failure }[state];
  return { depth, marker: ' ', label: [{ text, tone: state === 'failed' ? 'bad' : 'dim' }], values: {} };
}

/** A finding in sentences. */
function describeFinding({ culprit: { location }, messages: { sentence, fix } }, { words }) {
  const place = location ? [[{ text: safe(`${location.file}:${location.line}:${location.column}`), tone: 'dim' }]] : [];
  return [
    [{ text: safe(words.told(...sentence), LONGEST_TEXT) }],
    [{ text: `${words.fix}: `, tone: 'good' }, { text: safe(words.told(fix), LONGEST_TEXT) }],
    ...place,
  ];
}

module.exports = { describeFinding, describeRow };
