// Each call composes the signal of the client with a timeout of its own, and throwIfAborted runs in a listener that stays.
import harness from '../harness.js';

class ApiClient {
  #closing = new AbortController();
  constructor(base) { this.base = base; }
  async call(path) {
    const timeout = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, timeout.signal]);
    const exchange = { url: this.base + path, body: Array.from({ length: 25 }, (_, i) => `${path} ${i}`) };
    signal.addEventListener('abort', () => { exchange.error = signal.reason; }, { once: true });
    await new Promise((resolve) => { setImmediate(resolve); });
    return exchange.body.length;
  }
  close() { this.#closing.abort(); }
}

const api = new ApiClient('http://127.0.0.1');
await harness.run((n) => api.call(`/users/${n}`));
