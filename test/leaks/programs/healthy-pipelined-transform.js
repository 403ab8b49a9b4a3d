'use strict';
// The transform of each request is part of a pipeline, which is awaited to its end.
const { Readable, Transform, Writable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const upperCase = () => new Transform({
  readableObjectMode: true,
  transform(chunk, encoding, callback) { callback(null, { line: chunk.toString().toUpperCase() }); },
});

require('../harness').run(async (n) => {
  let lines = 0;
  const count = new Writable({ objectMode: true, write(entry, encoding, callback) { lines += entry.line.length; callback(); } });
  await pipeline(Readable.from([`one ${n} `.repeat(20), `two ${n} `.repeat(20)]), upperCase(), count);
});
