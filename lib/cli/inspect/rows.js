'use strict';
// Describes the rows of a tree for the screen.

const { safe } = require('./names.js');

/** Maximum length of the text of a finding, in UTF-16 units. */
const MAX_TEXT_LENGTH = 4000;

/** Returns a row with an item, or with the reason why there is none. `nothing` is the text for an empty list. */
function describeRow({ state, list, item, depth, error, isOpen, opens }, look, nothing) {
  if (state === 'item') {
    const marker = isOpen ? '\u25be' : opens() ? '\u25b8' : ' ';
    return { depth, marker, ...list.show(item, look) };
  }
  const failure = error && `${safe(String(error.message))}${error.code ? ` (${error.code})` : ''}`;
  const text = { reading: look.words.reading, empty: nothing, failed: failure }[state];
  return { depth, marker: ' ', label: [{ text, tone: state === 'failed' ? 'bad' : 'dim' }], values: {} };
}

/** Returns the sentences of a finding. */
function describeFinding({ culprit: { location }, messages: { sentence, fix } }, { words }) {
  const place = location ? [[{ text: safe(`${location.file}:${location.line}:${location.column}`), tone: 'dim' }]] : [];
  return [
    [{ text: safe(words.render(...sentence), MAX_TEXT_LENGTH) }],
    [{ text: `${words.fix}: `, tone: 'good' }, { text: safe(words.render(fix), MAX_TEXT_LENGTH) }],
    ...place,
  ];
}

module.exports = { describeFinding, describeRow };
