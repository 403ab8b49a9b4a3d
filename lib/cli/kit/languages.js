'use strict';

/** The languages of pages and of the terminal explorer. */
const LANGUAGES = ['en', 'zh'];

/** The option `--lang` of commands that make a page. */
const PAGE_LANGUAGE = {
  type: 'string',
  value: 'LANGUAGE',
  about: `${LANGUAGES.join(' or ')}; the language of the browser by default`,
};

module.exports = { LANGUAGES, PAGE_LANGUAGE };
