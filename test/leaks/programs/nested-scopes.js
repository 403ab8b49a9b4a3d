'use strict';
// The living function is two scopes further in.
const jobs = new Set();
function outer(n) {
  const big = Buffer.alloc(2000, n % 250).toString('hex');
  const check = () => big.length;
  check();
  function middle(flag) {
    return function job() { return flag + n; };
  }
  jobs.add(middle(true));
}
require('../harness').run(outer);
