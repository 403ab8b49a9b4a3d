// The next sample is started from then(), but not returned: each promise is settled with undefined and goes.
import { EventEmitter, once } from 'node:events';
import harness from '../harness.js';

const metronome = new EventEmitter();

class Sampler {
  latest = null;
  sample() {
    once(metronome, 'beat').then(([now]) => {
      this.latest = { now, report: `sample at ${now} `.repeat(4) };
      this.sample();
    });
  }
}

new Sampler().sample();
await harness.run(async (n) => {
  for (let i = 0; i < 15; i++) {
    metronome.emit('beat', n * 15 + i);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
});
