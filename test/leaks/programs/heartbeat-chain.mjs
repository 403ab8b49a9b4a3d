// Every heartbeat resolves its promise with that of the next one, so the first is never settled and none can go.
import { EventEmitter } from 'node:events';
import harness from '../harness.js';

class Heart extends EventEmitter {
  beat() {
    return new Promise((resolve) => {
      this.once('pulse', () => { resolve(this.beat()); });
    });
  }
}

const heart = new Heart();
export const alive = heart.beat();
await harness.run(async () => {
  for (let i = 0; i < 12; i++) {
    heart.emit('pulse');
    await null;
  }
});
