'use strict';
// A plain object as a cache.
const byUrl = {};
require('../harness').run((n) => { byUrl[`/users/${n}?secret=hunter2`] = { n, html: '<p>'.repeat(200) + n }; });
