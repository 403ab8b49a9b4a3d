// A slow sink whose writer waits for `drain` whenever write() returns false.
import { once } from 'node:events';
import { Writable } from 'node:stream';
import harness from '../harness.js';

class SlowSink extends Writable {
  _write(chunk, encoding, callback) { setImmediate(callback); }
}

const slow = new SlowSink({ highWaterMark: 512 });
await harness.run(async (n) => {
  for (let i = 0; i < 5; i++) {
    if (!slow.write(JSON.stringify({ n, headers: Array.from({ length: 40 }, (_, k) => `h${k}`) }))) await once(slow, 'drain');
  }
});
