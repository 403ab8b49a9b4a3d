'use strict';
// A queue of tasks one after the other: the first never ends, and every later one hangs on the promise before it.
class SerialQueue {
  constructor() { this.tail = Promise.resolve(); }
  add(task) {
    this.tail = this.tail.then(task);
    return this.tail;
  }
}

const disk = new SerialQueue();
let unlock;
disk.add(() => new Promise((resolve) => { unlock = resolve; }));
process.once('SIGUSR2', () => unlock());

require('../harness').run((n) => {
  const page = { n, bytes: `page ${n} `.repeat(120) + n };
  disk.add(function writePage() { return page.bytes.length; });
});
