'use strict';
// A list whose members lead to one another: each holds almost as much as the one before.
class Entry {
  constructor(text, next) {
    this.text = text;
    this.next = next;
  }
}
const log = { newest: null };
for (let n = 0; n < 60_000; n++) log.newest = new Entry(`line ${n} of the log`, log.newest);
module.exports = { newest: () => log.newest };
require('../single.js').write();
