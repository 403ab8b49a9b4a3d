'use strict';
// stream.finished() on the one socket, whose cleanup function is called when the answer has been written.
const { Duplex, finished } = require('node:stream');

const downstream = new Duplex({ read() {}, write(chunk, encoding, callback) { setImmediate(callback); } });
downstream.setMaxListeners(0);

function answer(n) {
  const reply = { n, path: `/answer/${n}`, headers: Array.from({ length: 20 }, (_, i) => `x-${i}: ${n}`) };
  const cleanup = finished(downstream, (error) => { reply.error = error; });
  return new Promise((resolve) => {
    downstream.write(reply.path, () => { cleanup(); resolve(); });
  });
}

require('../harness').run((n) => Promise.all([answer(n), answer(-n)]));
