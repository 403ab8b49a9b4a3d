'use strict';
// Contexts, resources and hooks that end with their owner.
const { AsyncLocalStorage, AsyncResource, createHook } = require('node:async_hooks');
const requests = new AsyncLocalStorage();
const alive = new Map();
createHook({
  init(id, type) { alive.set(id, type); },
  destroy(id) { alive.delete(id); },
  promiseResolve(id) { alive.delete(id); },
}).enable();
class Work extends AsyncResource {
  run() { this.runInAsyncScope(() => requests.getStore()); this.emitDestroy(); }
}
require('../harness').run((n) => requests.run({ n, body: 'b'.repeat(1000) + n }, async () => {
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  new Work('Work', { requireManualDestroy: true }).run();
}));
