'use strict';
// addAbortSignal puts a listener on the composed signal for a stream that is read halfway and then dropped.
const { Readable, addAbortSignal } = require('node:stream');

const server = { closing: new AbortController() };

function preview(n) {
  const user = new AbortController();
  const pages = Array.from({ length: 20 }, (_, i) => `page ${i} of document ${n}`);
  const signal = AbortSignal.any([server.closing.signal, user.signal]);
  const stream = addAbortSignal(signal, Readable.from(pages));
  return new Promise((resolve) => { stream.once('data', (page) => { stream.pause(); resolve(page); }); });
}

require('../harness').run(preview);
