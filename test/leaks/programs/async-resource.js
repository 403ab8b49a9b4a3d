'use strict';
// Queries that are resources of their own are entered when they start; the pool forgets to strike them off.
const { AsyncResource } = require('node:async_hooks');
class Query extends AsyncResource {
  constructor(sql) {
    super('Query');
    this.sql = sql;
    this.rows = new Array(80).fill(sql.length + 0.5);
  }
  finish(callback) { this.runInAsyncScope(callback, null, this.rows.length); }
}
class Pool {
  #running = new Set();
  start(sql) {
    const query = new Query(sql);
    this.#running.add(query);
    query.finish(() => {});
  }
}
const pool = new Pool();
require('../harness').run((n) => pool.start(`select ${n}`));
