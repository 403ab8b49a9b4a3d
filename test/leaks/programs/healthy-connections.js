'use strict';
// A pool of connections: callers wait in a queue, listeners come and go, timeouts are cleared.
const { EventEmitter } = require('node:events');
class Connection extends EventEmitter {
  query(n, callback) { this.once('row', callback); setImmediate(() => this.emit('row', { n, data: new Array(20).fill(n + 0.5) })); }
}
class Pool {
  idle = Array.from({ length: 4 }, () => new Connection());
  waiting = [];
  acquire() {
    const connection = this.idle.pop();
    return connection ? Promise.resolve(connection) : new Promise((resolve) => { this.waiting.push(resolve); });
  }
  release(connection) {
    const next = this.waiting.shift();
    if (next) next(connection); else this.idle.push(connection);
  }
}
const pool = new Pool();
require('../harness').run(() => Promise.all(Array.from({ length: 6 }, async (_, i) => {
  const connection = await pool.acquire();
  const timeout = setTimeout(() => connection.emit('error', new Error('late')), 10_000);
  await new Promise((resolve) => { connection.query(i, resolve); });
  clearTimeout(timeout);
  pool.release(connection);
})));
