'use strict';
// A chain of bounded length: the last thirty states.
class State { constructor(n, previous) { this.n = n; this.text = 'u'.repeat(300) + n; this.previous = previous; } }
let state = null;
require('../harness').run((n) => {
  state = new State(n, state);
  let at = state;
  for (let depth = 0; at && depth < 30; depth++) at = at.previous;
  if (at) at.previous = null;
});
