'use strict';
// The languages of the screen, and which one it is.

const { titlesIn } = require('../../analysis/columns.js');
const { render } = require('../../messages.js');
const { LANGUAGES } = require('../kit/languages.js');

/** Chinese if that is what is asked for, or what the environment says as POSIX reads it; else English. */
function languageOf(asked, { LC_ALL, LC_MESSAGES, LANG } = process.env) {
  return asked ?? (/^zh/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en');
}

const WORDS = { en: () => require('./words/en.js'), zh: () => require('./words/zh.js') };

/** The words of a language; `told` says what findings have to say. */
function wordsOf(language) {
  const words = WORDS[language]();
  return {
    ...words,
    columns: { ...titlesIn(language), ...words.columns },
    told: (...messages) => render(language, messages),
  };
}

/** The language after this one. */
const nextLanguage = (language) => LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];

module.exports = { languageOf, nextLanguage, wordsOf };
