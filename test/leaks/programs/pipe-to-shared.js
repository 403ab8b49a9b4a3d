'use strict';
// Every upload is piped into the one archive and dropped before it ends: each pipe leaves its listeners on the archive.
const { Readable, Writable } = require('node:stream');

class Archive extends Writable {
  _write(chunk, encoding, callback) { this.bytes = (this.bytes ?? 0) + chunk.length; callback(); }
}

const archive = new Archive();
archive.setMaxListeners(0);

function upload(n) {
  const source = new Readable({ read() {} });
  source.push(Buffer.alloc(900, n));
  source.pipe(archive, { end: false });
  return new Promise((resolve) => { setImmediate(resolve); });
}

require('../harness').run(upload);
