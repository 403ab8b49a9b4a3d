'use strict';
// The scope is that of a block in a loop, not of a function.
const callbacks = [];
function batch(n) {
  for (const part of [n]) {
    const rows = new Array(400).fill(0).map((_, i) => ({ i, part }));
    const total = () => rows.length;
    total();
    callbacks.push(() => part);
  }
}
require('../harness').run(batch);
