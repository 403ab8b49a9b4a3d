'use strict';
// A reader remembers offsets in a Set as well, but only those of the last three hundred messages.
class Reader {
  #recent = new Set();
  accept({ offset, text }) {
    if (this.#recent.has(offset)) return 0;
    this.#recent.add(offset);
    this.#recent.delete(offset - 300);
    return text.length;
  }
}

const reader = new Reader();
require('../harness').run((n) => {
  for (let i = 0; i < 150; i++) reader.accept({ offset: n * 150 + i, text: 'message' });
});
