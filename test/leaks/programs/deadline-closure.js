'use strict';
// A promise that only a closure knows: each call of the throttled function hangs two reactions on `disposed`.
function throttle(work) {
  let dispose;
  const disposed = new Promise((resolve) => { dispose = resolve; });
  async function throttled(input) {
    const winner = await Promise.any([disposed.then(() => null), work(input)]);
    return winner ?? input;
  }
  throttled.dispose = () => dispose();
  return throttled;
}

const geocode = throttle(async (address) => ({ address, cells: Array.from({ length: 80 }, (_, i) => i + 0.5) }));
require('../harness').run((n) => geocode(`street ${n}`));
