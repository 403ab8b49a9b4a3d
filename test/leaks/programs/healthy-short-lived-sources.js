'use strict';
// Both sources of the composed signal are as short-lived as the lookup; its onabort handler goes with them, from Node 24 on.
function lookUp(n) {
  const user = new AbortController();
  const page = new AbortController();
  const both = AbortSignal.any([user.signal, page.signal]);
  const result = { n, cells: new Array(50).fill(n + 0.25) };
  both.onabort = () => { result.cells = null; };
  const size = result.cells.length;
  page.abort();
  return size;
}
require('../harness').run(lookUp);
