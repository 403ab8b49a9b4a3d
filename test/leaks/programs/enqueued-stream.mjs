// A web stream is fed through its controller without a look at desiredSize, and the page that reads it is gone.
import harness from '../harness.js';

let controller;
export const updates = new ReadableStream({ start(given) { controller = given; } });

class Update {
  constructor(n) { this.n = n; this.patch = Array.from({ length: 30 }, (_, i) => ({ path: i, value: n + 0.5 })); }
}

await harness.run((n) => { controller.enqueue(new Update(n)); });
