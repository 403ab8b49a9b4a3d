'use strict';
// A duplex that echoes its input; both of its sides make progress.
const { Duplex } = require('node:stream');

function openLoop() {
  let wanted = null;
  const loop = new Duplex({
    read() { if (wanted) { const callback = wanted; wanted = null; callback(); } },
    write(chunk, encoding, callback) { if (this.push(chunk)) callback(); else wanted = callback; },
  });
  return loop;
}

const loop = openLoop();
let echoed = 0;
loop.on('data', (chunk) => { echoed += chunk.length; });
require('../harness').run(async (n) => {
  loop.write(Buffer.alloc(2_000, n));
  await new Promise((resolve) => { setImmediate(resolve); });
});
