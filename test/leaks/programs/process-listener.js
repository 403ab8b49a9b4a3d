'use strict';
// Listeners on process itself.
process.setMaxListeners(0);
const open = (n) => {
  const socket = { n, chunks: [ 's'.repeat(1000) + n ] };
  process.on('shutdown', () => { socket.chunks.length = 0; });
};
require('../harness').run(open);
