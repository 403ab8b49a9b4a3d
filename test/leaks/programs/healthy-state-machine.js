'use strict';
// Suspended generators, a fixed number of them, that are resumed again and again.
function* machine(n) {
  const memory = new Array(100).fill(n);
  for (;;) memory[(yield memory.length) % 100] = n;
}
const machines = Array.from({ length: 40 }, (_, i) => { const m = machine(i); m.next(); return m; });
require('../harness').run((n) => { machines[n % 40].next(n); });
