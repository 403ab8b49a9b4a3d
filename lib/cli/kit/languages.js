'use strict';

/** The languages of what is looked at: pages and the terminal explorer. */
const LANGUAGES = ['en', 'zh'];

/** The option `--lang` of commands that make a page. */
const PAGE_LANGUAGE = {
  type: 'string',
  value: 'LANGUAGE',
  about: `${LANGUAGES.join(' or ')}; the language of the browser by default`,
};

module.exports = { LANGUAGES, PAGE_LANGUAGE };
