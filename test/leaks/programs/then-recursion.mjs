// A poller that returns the next poll from then(): every promise of the past waits for the last one.
import { EventEmitter, once } from 'node:events';
import harness from '../harness.js';

const clock = new EventEmitter();

class Poller {
  status = null;
  poll() {
    return once(clock, 'tick').then(([now]) => {
      this.status = { now, report: `status at ${now} `.repeat(4) };
      return this.poll();
    });
  }
}

const poller = new Poller();
const polling = poller.poll();
polling.catch(() => {});
await harness.run(async (n) => {
  for (let i = 0; i < 15; i++) {
    clock.emit('tick', n * 15 + i);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
});
