// Each fetch aborts its own controller at the end, which settles the composed signal and sets it free.
import harness from '../harness.js';

class FeedClient {
  #closing = new AbortController();
  async fetch(path) {
    const own = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, own.signal]);
    const exchange = { path, body: Array.from({ length: 25 }, (_, i) => `${path} ${i}`) };
    signal.addEventListener('abort', () => { exchange.ended = true; }, { once: true });
    await new Promise((resolve) => { setImmediate(resolve); });
    own.abort();
    return exchange.body.length;
  }
  close() { this.#closing.abort(); }
}

const feed = new FeedClient();
await harness.run((n) => feed.fetch(`/feeds/${n}`));
