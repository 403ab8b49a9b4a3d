'use strict';
// A probe that never reaches its server tries again in a loop; each attempt is over before the next begins.
const delayed = [];
const delay = () => new Promise((resolve) => { delayed.push(resolve); });

class Probe {
  tries = 0;
  async reach() { throw new Error(`refused, try ${this.tries}`); }
  async keepTrying() {
    for (;;) {
      this.tries += 1;
      try {
        return await this.reach();
      } catch (error) {
        this.lastError = error.message;
        await delay();
      }
    }
  }
}

new Probe().keepTrying();
require('../harness').run(async () => {
  for (let i = 0; i < 12; i++) {
    await new Promise((resolve) => { setImmediate(resolve); });
    delayed.shift()();
  }
});
