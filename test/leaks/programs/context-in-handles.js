'use strict';
// Each request opens a channel and leaves it open: the channel carries the context of its request along.
const { AsyncLocalStorage } = require('node:async_hooks');
const { MessageChannel } = require('node:worker_threads');
class RequestContext { constructor(n) { this.user = `user ${n}`; this.body = 'r'.repeat(1500) + n; } }
const requests = new AsyncLocalStorage();
require('../harness').run((n) => requests.run(new RequestContext(n), () => {
  const { port1 } = new MessageChannel();
  port1.on('message', () => {});
}));
