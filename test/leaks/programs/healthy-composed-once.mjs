// once() with a composed signal, for an event that always comes: once() takes its listener off the signal again.
import { EventEmitter, once } from 'node:events';
import harness from '../harness.js';

const leaving = new AbortController();

async function waitForPrinter(n) {
  const page = new EventEmitter();
  const limit = new AbortController();
  const signal = AbortSignal.any([leaving.signal, limit.signal]);
  const input = { n, text: Buffer.alloc(600, n).toString('hex') };
  setImmediate(() => page.emit('printed'));
  await once(page, 'printed', { signal });
  return input.text.length;
}

await harness.run((n) => waitForPrinter(n));
