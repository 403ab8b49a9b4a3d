'use strict';
// Selects the language of the screen, and loads its texts.

const { titlesIn } = require('../../analysis/columns.js');
const { render } = require('../../messages.js');
const { LANGUAGES } = require('../kit/languages.js');

/** Returns the requested language, or Chinese if the environment selects it by the rules of POSIX, else English. */
function languageOf(asked, { LC_ALL, LC_MESSAGES, LANG } = process.env) {
  return asked ?? (/^zh/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en');
}

const WORDS = { en: () => require('./words/en.js'), zh: () => require('./words/zh.js') };

/** Returns the texts of a language. `render` returns the text of messages of findings. */
function wordsOf(language) {
  const words = WORDS[language]();
  return {
    ...words,
    columns: { ...titlesIn(language), ...words.columns },
    render: (...messages) => render(language, messages),
  };
}

/** Returns the language after this one. */
const nextLanguage = (language) => LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];

module.exports = { languageOf, nextLanguage, wordsOf };
