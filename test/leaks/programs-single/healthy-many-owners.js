'use strict';
// Twenty owners of equal size: none holds a tenth of the heap.
const parts = {};
for (let n = 0; n < 20; n++) {
  const rows = Array.from({ length: 4000 }, (_, i) => ({ x: i + 0.5, y: n + 0.5 }));
  parts[`part${n}`] = () => rows;
  module.exports[`part${n}`] = parts[`part${n}`];
}
require('../single.js').write();
