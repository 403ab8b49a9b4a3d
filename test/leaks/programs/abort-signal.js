'use strict';
// Every request listens on the signal of the whole process.
const shutdown = new AbortController();
require('node:events').setMaxListeners(0, shutdown.signal);
function request(n) {
  const context = { n, body: 'q'.repeat(1500) + n };
  shutdown.signal.addEventListener('abort', function cancelRequest() { context.cancelled = true; });
}
require('../harness').run(request);
