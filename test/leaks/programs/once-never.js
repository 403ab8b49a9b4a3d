'use strict';
// once() for an event that never comes.
const { EventEmitter } = require('node:events');
const pool = new EventEmitter().setMaxListeners(0);
class Query {
  constructor(n) { this.text = 'select '.repeat(100) + n; }
  run() { pool.once('drain', () => this.text.length); }
}
require('../harness').run((n) => new Query(n).run());
