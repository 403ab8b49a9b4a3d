'use strict';
// A closure remembers every result; only the scope of the returned function knows the Map.
function memoize(compute) {
  const results = new Map();
  return (key) => {
    if (!results.has(key)) results.set(key, compute(key));
    return results.get(key);
  };
}
const render = memoize((page) => ({ page, rows: Array.from({ length: 60 }, (_, i) => ({ text: `${page} row ${i}` })) }));
for (let n = 0; n < 1500; n++) render(`/page/${n}`);
module.exports = { render };
require('../single.js').write();
