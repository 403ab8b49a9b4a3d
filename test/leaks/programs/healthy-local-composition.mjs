// Every source of the composed signal belongs to the request, and the listener is removed: healthy on every Node.
import harness from '../harness.js';

async function render(n) {
  const patience = new AbortController();
  const client = new AbortController();
  const signal = AbortSignal.any([patience.signal, client.signal]);
  const frame = { n, pixels: new Array(60).fill(n + 0.5) };
  const drop = () => { frame.pixels = null; };
  signal.addEventListener('abort', drop);
  await null;
  signal.removeEventListener('abort', drop);
  return frame.pixels.length;
}

await harness.run((n) => Promise.all([render(n), render(n + 0.5)]));
