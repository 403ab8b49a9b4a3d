// Copies of all traffic go into a PassThrough for a debugger that is not attached: it fills and is never read.
import { PassThrough } from 'node:stream';
import harness from '../harness.js';

export const tap = new PassThrough();

function relay(n) {
  const packet = Buffer.alloc(1_500, n);
  tap.write(packet);
  return packet.length;
}

await harness.run((n) => { for (let i = 0; i < 4; i++) relay(n * 4 + i); });
