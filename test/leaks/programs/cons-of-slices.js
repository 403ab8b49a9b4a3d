'use strict';
// A title and a word: together a new text, but V8 only joins the two, and the title still leads to its document.
const titles = [];
function load(n) {
  const text = `Title of document number ${n}|${'body '.repeat(600)}${n}`;
  titles.push(`${text.slice(0, text.indexOf('|'))} (draft, not yet seen)`);
}
require('../harness').run(load);
