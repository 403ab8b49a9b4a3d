'use strict';
// A pool makes a worker object whenever all are busy; the load rises to its peak in the second round and stays there.
class BufferPool {
  #idle = [];
  #made = 0;
  acquire() {
    if (this.#idle.length > 0) return this.#idle.pop();
    this.#made += 1;
    return { id: this.#made, scratch: new Array(100).fill(this.#made + 0.5) };
  }
  release(buffer) { this.#idle.push(buffer); }
}

const pool = new BufferPool();
require('../harness').run((n) => {
  const load = 10 + Math.min(Math.floor(60 * (1 - 1 / (1 + n / 20))), 52);
  const taken = Array.from({ length: load }, () => pool.acquire());
  for (const buffer of taken) pool.release(buffer);
});
