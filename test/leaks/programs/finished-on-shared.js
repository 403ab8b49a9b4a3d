'use strict';
// stream.finished() on the one socket of the upstream adds listeners for several events, and its cleanup is never called.
const { Duplex, finished } = require('node:stream');

const upstream = new Duplex({ read() {}, write(chunk, encoding, callback) { callback(); } });
upstream.setMaxListeners(0);

function forward(n) {
  const request = { n, path: `/forward/${n}`, headers: Array.from({ length: 20 }, (_, i) => `x-${i}: ${n}`) };
  finished(upstream, function failRequest(error) { request.error = error; });
  upstream.write(request.path);
}

require('../harness').run(forward);
