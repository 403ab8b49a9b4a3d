'use strict';
// A tracer notes every resource and waits for a `destroy` that it never asked for.
const { createHook } = require('node:async_hooks');
const spans = new Map();
createHook({
  init(asyncId, type, triggerAsyncId, resource) { spans.set(asyncId, { type, triggerAsyncId, resource, at: new Array(30).fill(asyncId + 0.5) }); },
}).enable();
require('../harness').run(async (n) => { await new Promise((resolve) => { setImmediate(resolve, n); }); });
