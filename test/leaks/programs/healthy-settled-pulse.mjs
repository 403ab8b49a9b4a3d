// Every swing is a promise of its own that is resolved with a number; the code that awaited it creates the next one.
import { EventEmitter } from 'node:events';
import harness from '../harness.js';

class Pendulum extends EventEmitter {
  count = 0;
  swing() {
    return new Promise((resolve) => {
      this.once('turn', () => { resolve(this.count += 1); });
    });
  }
}

const pendulum = new Pendulum();
await harness.run(async () => {
  for (let i = 0; i < 12; i++) {
    const swung = pendulum.swing();
    pendulum.emit('turn');
    await swung;
  }
});
