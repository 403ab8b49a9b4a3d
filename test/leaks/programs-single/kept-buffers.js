'use strict';
// Buffers, some of them views of one pool, in an array of an object.
class Upload {
  parts = [];
  receive(bytes) { this.parts.push(bytes); }
}
const upload = new Upload();
for (let n = 0; n < 500; n++) upload.receive(Buffer.alloc(20_000, n % 256));
for (let n = 0; n < 2000; n++) upload.receive(Buffer.from(`part ${n}`.repeat(100)));
module.exports = { receive: (bytes) => upload.receive(bytes) };
require('../single.js').write();
