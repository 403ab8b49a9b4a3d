// https://github.com/EventEmitter2/EventEmitter2/issues/65: an event without listeners leaves its branch in the tree
const { measure } = require('./harness');
const { randomUUID } = require('node:crypto');
const { EventEmitter2 } = require('eventemitter2');
const bus = new EventEmitter2({ wildcard: true, delimiter: '.', maxListeners: 100 });
async function call() {
  const id = randomUUID();
  const answered = new Promise((resolve) => { bus.once('rpc.answer.' + id, resolve); });
  setImmediate(() => bus.emit('rpc.answer.' + id, { id }));
  await answered;
}
measure(call, { warmup: 500, n: 1000 });
