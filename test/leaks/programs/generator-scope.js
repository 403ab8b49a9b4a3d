'use strict';
// A generator created the scope and has finished; the functions that it yielded live.
const taken = [];
function* source(n) {
  const buffer = new Array(500).fill(n + 0.5);
  const first = () => buffer[0];
  yield first();
  yield () => n;
}
require('../harness').run((n) => {
  const items = [...source(n)];
  taken.push(items[1]);
});
