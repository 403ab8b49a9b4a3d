// Copies of the traffic go into a PassThrough that discards them while no debugger is attached: it is resumed.
import { PassThrough } from 'node:stream';
import harness from '../harness.js';

const mirror = new PassThrough();
mirror.resume();

await harness.run(async (n) => {
  for (let i = 0; i < 4; i++) mirror.write(Buffer.alloc(1_500, n));
  await new Promise((resolve) => { setImmediate(resolve); });
});
