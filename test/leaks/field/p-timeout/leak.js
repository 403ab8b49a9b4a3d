// https://github.com/sindresorhus/p-timeout/issues/42: a listener on the signal for each call
const { measure } = require('./harness');
const { setMaxListeners } = require('node:events');
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
import('p-timeout').then(({ default: pTimeout }) => measure((i) => pTimeout(Promise.resolve({ i }), { milliseconds: 1000, signal }), { warmup: 50, n: 100 }));
