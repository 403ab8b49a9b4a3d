// A web stream that is fed through its controller, and whose reader takes every change out again.
import harness from '../harness.js';

let source;
const changes = new ReadableStream({ start(given) { source = given; } }, { highWaterMark: 2 });
const reader = changes.getReader();

class Change {
  constructor(n) { this.n = n; this.patch = Array.from({ length: 30 }, (_, i) => ({ path: i, value: n + 0.5 })); }
}

await harness.run(async (n) => {
  for (let i = 0; i < 3; i++) source.enqueue(new Change(n + i));
  for (let i = 0; i < 3; i++) await reader.read();
});
