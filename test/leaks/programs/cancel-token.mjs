// Every upload subscribes to the promise of one cancel token; a promise has no method to unsubscribe.
import harness from '../harness.js';

class CancelToken {
  #cancelled;
  #cancel;
  constructor() { this.#cancelled = new Promise((resolve) => { this.#cancel = resolve; }); }
  cancel(reason) { this.#cancel(reason); }
  onCancel(callback) { this.#cancelled.then(callback); }
}

class Upload {
  constructor(id) { this.id = id; this.chunk = 'u'.repeat(1_200) + id; this.aborted = false; }
  send(token) {
    token.onCancel((reason) => { this.aborted = reason; });
    return this.chunk.length;
  }
}

const batchToken = new CancelToken();
await harness.run((n) => new Upload(n).send(batchToken));
