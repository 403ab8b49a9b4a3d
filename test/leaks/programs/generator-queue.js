'use strict';
// Generators that were never run to their end wait in a queue, with all that they have read.
const paused = new Set();
function* pages(n) {
  const page = Array.from({ length: 50 }, (_, i) => ({ n, row: `row ${i} of ${n}` }));
  yield page.length;
  yield page;
}
require('../harness').run((n) => {
  const cursor = pages(n);
  cursor.next();
  paused.add(cursor);
});
