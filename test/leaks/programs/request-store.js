'use strict';
// A store of AsyncLocalStorage rides on every interval that a request starts.
const { AsyncLocalStorage } = require('node:async_hooks');
const requests = new AsyncLocalStorage();
class RequestContext { constructor(n) { this.user = `user ${n}`; this.body = 'r'.repeat(1500) + n; } }
require('../harness').run((n) => requests.run(new RequestContext(n), () => { setInterval(() => {}, 60_000).unref(); }));
