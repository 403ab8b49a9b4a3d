'use strict';
// addAbortSignal on streams that are read to their end, after which Node removes its listener.
const { Readable, addAbortSignal } = require('node:stream');

const host = { closing: new AbortController() };

async function scan(n) {
  const user = new AbortController();
  const pages = Array.from({ length: 20 }, (_, i) => `page ${i} of volume ${n}`);
  const signal = AbortSignal.any([host.closing.signal, user.signal]);
  let length = 0;
  for await (const page of addAbortSignal(signal, Readable.from(pages))) length += page.length;
  return length;
}

require('../harness').run(scan);
