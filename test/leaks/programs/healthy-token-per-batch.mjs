// Every batch of downloads has a cancel token of its own, which dies with the batch.
import harness from '../harness.js';

class BatchToken {
  #aborted;
  #abort;
  constructor() { this.#aborted = new Promise((resolve) => { this.#abort = resolve; }); }
  abort(reason) { this.#abort(reason); }
  onAbort(callback) { this.#aborted.then(callback); }
}

class Download {
  constructor(id) { this.id = id; this.part = 'd'.repeat(1_200) + id; this.stopped = false; }
  receive(token) { token.onAbort((reason) => { this.stopped = reason; }); return this.part.length; }
}

await harness.run((n) => {
  const token = new BatchToken();
  for (let i = 0; i < 3; i++) new Download(n * 3 + i).receive(token);
});
