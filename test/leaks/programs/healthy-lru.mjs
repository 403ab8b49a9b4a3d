// A cache with a limit, which was full before the first snapshot, and a counter of hits.
import harness from '../harness.js';

class Cache {
  #entries = new Map();
  #most;
  hits = 0;
  constructor(most) { this.#most = most; }
  get(key, make) {
    let entry = this.#entries.get(key);
    if (entry) { this.hits += 1; this.#entries.delete(key); } else entry = make(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value);
    return entry;
  }
}

const cache = new Cache(4);
await harness.run((n) => cache.get(`key ${n % 7}`, (key) => ({ key, body: Array.from({ length: 100 }, (_, i) => `${key} ${i}`) })));
