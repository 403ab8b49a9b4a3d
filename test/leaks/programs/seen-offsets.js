'use strict';
// A consumer remembers the offset of every message in a Set of numbers to skip duplicates, and never forgets one.
class Consumer {
  #seen = new Set();
  accept({ offset, text }) {
    if (this.#seen.has(offset)) return 0;
    this.#seen.add(offset);
    return text.length;
  }
}

const consumer = new Consumer();
require('../harness').run((n) => {
  for (let i = 0; i < 150; i++) consumer.accept({ offset: n * 150 + i, text: 'message' });
});
