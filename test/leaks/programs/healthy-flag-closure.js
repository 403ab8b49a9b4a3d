'use strict';
// A limiter that is disposed by a flag in its closure, which each call reads after its work; nothing waits for it.
function limit(work) {
  let ended = false;
  async function limited(input) {
    const value = await work(input);
    return ended ? null : value;
  }
  limited.end = () => { ended = true; };
  return limited;
}

const lookup = limit(async (address) => ({ address, cells: Array.from({ length: 80 }, (_, i) => i + 0.5) }));
require('../harness').run((n) => Promise.any([lookup(`street ${n}`), lookup(`road ${n}`)]));
