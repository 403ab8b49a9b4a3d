'use strict';
// The same kind of queue, whose tasks do end: the tail is the only promise that stays.
class Mutex {
  constructor() { this.last = Promise.resolve(); }
  exclusive(task) {
    this.last = this.last.then(task, task);
    return this.last;
  }
}

const journal = new Mutex();
require('../harness').run(async (n) => {
  const entries = [1, 2, 3].map((part) => ({ n, part, text: `entry ${part} of ${n} `.repeat(40) }));
  await Promise.all(entries.map((entry) => journal.exclusive(async () => entry.text.length)));
});
