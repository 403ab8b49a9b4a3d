'use strict';
// A plain object as a cache. Its keys hold a word that the code does not have.
const byUrl = {};
require('../harness').run((n) => { byUrl[`/users/${n}?secret=${'hunter'}${2}`] = { n, html: '<p>'.repeat(200) + n }; });
