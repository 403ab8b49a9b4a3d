'use strict';
// The journal is corked for a batch whose end never comes, so that every entry stays in its buffer.
const { Writable } = require('node:stream');

class Journal {
  #out = new Writable({ objectMode: true, write(entry, encoding, callback) { callback(); } });
  #inBatch = false;
  append(entry) {
    if (!this.#inBatch) {
      this.#inBatch = true;
      this.#out.cork();
    }
    this.#out.write(entry);
  }
  flush() { this.#inBatch = false; this.#out.uncork(); }
}

const journal = new Journal();
require('../harness').run((n) => journal.append({ n, before: new Array(50).fill(n + 0.25), after: new Array(50).fill(n + 0.5) }));
