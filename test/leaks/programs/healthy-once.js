'use strict';
// once() for events that do come; short-lived emitters with a listener each.
const { EventEmitter } = require('node:events');
require('../harness').run((n) => {
  const emitter = new EventEmitter();
  const payload = 'o'.repeat(700) + n;
  emitter.once('done', () => payload.length);
  emitter.emit('done');
});
