'use strict';
// A generator made the scope and is long done; what it handed out lives.
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
