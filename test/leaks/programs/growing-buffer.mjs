// A parser that searches all it was ever given: the search makes one flat text of the pieces.
import harness from '../harness.js';

class LineReader {
  received = '';
  feed(chunk) {
    this.received += chunk;
    return this.received.includes('\u0000');
  }
}

const reader = new LineReader();
await harness.run((n) => { reader.feed(`message ${n}: ${'lorem ipsum '.repeat(8)}`); });
