// A listener on the signal for each call: https://github.com/sindresorhus/p-retry/issues/71
import { setMaxListeners } from 'node:events';
import { pathToFileURL } from 'node:url';
import { run } from '../harness.js';
const { default: pRetry } = await import(pathToFileURL(process.argv[3]));
const { signal } = new AbortController();
setMaxListeners(0, signal);
globalThis.shutdown = signal;
await run(async (n) => { await pRetry(async () => n, { retries: 1, signal }); });
