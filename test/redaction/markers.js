'use strict';
// Secrets that tests plant. Each has a text of its own, generated at run time so that no source text contains it.

/** 16 letters without vowels: not a word, and not a prefix of another. */
const LETTERS = 'bcdfghjklmnpqrst';

/** Forms of secrets: generated names, names as people give them, and numbers. */
const FORMS = {
  data: (n) => ['tok', 7000 + n, 'q', String((n * 37) % 100).padStart(2, '0'), 'z'].join(''),
  word: (n) => ['zmark', ...[12, 8, 4, 0].map((shift) => LETTERS[(n >> shift) & 15]), 'z'].join(''),
  digits: (n) => ['7719', String((n * 7919) % 10000).padStart(4, '0'), String(n).padStart(4, '0')].join(''),
};

const ANY = /tok\d{4}q\d{2}z|zmark[a-z]{4}z|7719\d{8}/g;

/** Returns the numbers of those `places` whose secret is in `text`, ignoring case. */
function found(text, places) {
  const seen = new Set(text.toLowerCase().match(ANY));
  return places.flatMap(({ form }, n) => (seen.has(FORMS[form](n)) ? [n] : []));
}

module.exports = { FORMS, found };
