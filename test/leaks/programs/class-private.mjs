// Sessions are kept by class private fields, and the method that removes them is never called.
import harness from '../harness.js';

class SessionStore {
  #byToken = new Map();
  #count = 0;
  open(n) {
    this.#count += 1;
    this.#byToken.set(`token-${n}-${this.#count}`, { n, since: new Date(n), basket: new Array(40).fill(n + 0.5) });
  }
  close(token) { return this.#byToken.delete(token); }
}

const sessions = new SessionStore();
await harness.run((n) => sessions.open(n));
