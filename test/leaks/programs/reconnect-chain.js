'use strict';
// A client that never reaches its server tries again by `return connect()` in its catch: one promise more for every attempt.
const scheduled = [];
const pause = () => new Promise((resolve) => { scheduled.push(resolve); });

class Client {
  attempts = 0;
  async open() { throw new Error(`refused, attempt ${this.attempts}`); }
  async connect() {
    this.attempts += 1;
    try {
      return await this.open();
    } catch (error) {
      this.lastError = error.message;
      await pause();
      return this.connect();
    }
  }
}

const client = new Client();
client.connect();
require('../harness').run(async () => {
  for (let i = 0; i < 12; i++) {
    await new Promise((resolve) => { setImmediate(resolve); });
    scheduled.shift()();
  }
});
