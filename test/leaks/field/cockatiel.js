'use strict';
// A listener on the signal for each execution: https://github.com/connor4312/cockatiel/issues/81
const { setMaxListeners } = require('node:events');
const { run } = require('../harness');
const { timeout, TimeoutStrategy } = require(process.argv[3]);
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
const policy = timeout(1000, TimeoutStrategy.Cooperative);
run(async (n) => { await policy.execute(async () => n, signal); });
