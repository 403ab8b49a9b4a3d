// A least-recently-used cache with a limit of a hundred entries, which it reaches in the last round.
import harness from '../harness.js';

class LruCache {
  #entries = new Map();
  constructor({ max }) { this.max = max; }
  get(key) {
    const value = this.#entries.get(key);
    if (value !== undefined) { this.#entries.delete(key); this.#entries.set(key, value); }
    return value;
  }
  set(key, value) {
    this.#entries.set(key, value);
    if (this.#entries.size > this.max) this.#entries.delete(this.#entries.keys().next().value);
  }
}

const thumbnails = new LruCache({ max: 100 });
await harness.run((n) => {
  thumbnails.set(`image-${n}`, { n, pixels: new Array(50).fill(n + 0.5) });
  thumbnails.get(`image-${n - 3}`);
});
