'use strict';
// A queue of functions that is worked off; the scope is shared, but short-lived.
const queue = [];
function enqueue(n) {
  const big = 'q'.repeat(5000) + n;
  const log = () => big.length;
  log();
  queue.push(() => n);
  if (queue.length > 20) queue.shift()();
}
require('../harness').run(enqueue);
