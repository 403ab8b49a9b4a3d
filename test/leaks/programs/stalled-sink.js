'use strict';
// The audit log has lost its connection and never calls back; write() returns false, which the program ignores.
const { Writable } = require('node:stream');

class AuditSink extends Writable {
  constructor() { super({ highWaterMark: 4_096 }); this.connected = false; }
  _write(chunk, encoding, callback) {
    if (this.connected) callback();
    else this.retry = callback;
  }
}

const audit = new AuditSink();
function logAccess(n) {
  audit.write(JSON.stringify({ n, path: `/items/${n}`, headers: Array.from({ length: 300 }, (_, i) => `h${i}`) }));
}
require('../harness').run(logAccess);
