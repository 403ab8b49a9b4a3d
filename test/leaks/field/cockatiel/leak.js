// https://github.com/connor4312/cockatiel/issues/81: a listener on the signal for each execution
const { measure } = require('./harness');
const { setMaxListeners } = require('node:events');
const { timeout, TimeoutStrategy } = require('cockatiel');
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
const policy = timeout(1000, TimeoutStrategy.Cooperative);
measure((i) => policy.execute(async () => i, signal), { warmup: 50, n: 100 });
