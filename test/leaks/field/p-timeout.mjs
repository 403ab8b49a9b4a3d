// A listener on the signal for each call: https://github.com/sindresorhus/p-timeout/issues/42
import { setMaxListeners } from 'node:events';
import { pathToFileURL } from 'node:url';
import { run } from '../harness.js';
const { default: pTimeout } = await import(pathToFileURL(process.argv[3]));
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
await run(async (n) => { await pTimeout(Promise.resolve({ n }), { milliseconds: 1000, signal }); });
