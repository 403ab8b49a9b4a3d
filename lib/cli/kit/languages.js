'use strict';

/** The languages of what is looked at: pages and the terminal explorer. */
const LANGUAGES = ['en', 'zh'];

/** The option `--lang` of commands that make a page. */
const PAGE_LANGUAGE = {
  type: 'string',
  value: 'LANGUAGE',
  about: `${LANGUAGES.join(' or ')}; what the browser prefers if it is left out`,
};

module.exports = { LANGUAGES, PAGE_LANGUAGE };
