'use strict';
// A bounded cache that is not full before the last round.
const cache = new Map();
require('../harness').run((n) => {
  cache.set(n, { n, body: 'c'.repeat(300) + n });
  if (cache.size > 95) cache.delete(cache.keys().next().value);
});
