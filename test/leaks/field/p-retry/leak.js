// https://github.com/sindresorhus/p-retry/issues/71: a listener on the signal for each call
const { measure } = require('./harness');
const { setMaxListeners } = require('node:events');
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
import('p-retry').then(({ default: pRetry }) => measure((i) => pRetry(async () => i, { retries: 1, signal }), { warmup: 50, n: 100 }));
