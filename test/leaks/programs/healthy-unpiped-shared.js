'use strict';
// Every part is piped into the one store and taken off again when the client has gone, which removes all listeners.
const { Readable, Writable } = require('node:stream');

class PartStore extends Writable {
  _write(chunk, encoding, callback) { this.bytes = (this.bytes ?? 0) + chunk.length; callback(); }
}

const partStore = new PartStore();
partStore.setMaxListeners(0);

async function receivePart(n) {
  const part = new Readable({ read() {} });
  part.push(Buffer.alloc(900, n));
  part.pipe(partStore, { end: false });
  await new Promise((resolve) => { setImmediate(resolve); });
  part.unpipe(partStore);
  part.destroy();
}

require('../harness').run(receivePart);
