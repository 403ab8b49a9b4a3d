'use strict';
// A set of small numbers.
const seenIds = new Set();
require('../harness').run((n) => { for (let i = 0; i < 200; i++) seenIds.add(n * 200 + i); });
