'use strict';
// The scope retains unread variables, but only those of the latest call.
let latest = null;
function handle(n) {
  const page = 'p'.repeat(20_000) + n;
  const size = () => page.length;
  size();
  latest = () => n;
}
require('../harness').run((n) => { handle(n); latest(); });
