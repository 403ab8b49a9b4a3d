// once() with a composed signal adds a listener to it, and the awaited event of this job comes only for every other job.
import { EventEmitter, once } from 'node:events';
import harness from '../harness.js';

export const draining = new AbortController();

function waitForWorker(n) {
  const job = new EventEmitter();
  const patience = new AbortController();
  const signal = AbortSignal.any([draining.signal, patience.signal]);
  const input = { n, text: Buffer.alloc(600, n).toString('hex') };
  once(job, 'done', { signal }).then(() => input.text.length, () => {});
  if (n % 2 === 0) job.emit('done');
}

await harness.run((n) => { waitForWorker(2 * n); waitForWorker(2 * n + 1); });
