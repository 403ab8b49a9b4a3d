'use strict';
// The ledger is corked for every batch and uncorked at its end.
const { Writable } = require('node:stream');

class Ledger {
  #out = new Writable({ objectMode: true, write(entry, encoding, callback) { callback(); } });
  append(entries) {
    this.#out.cork();
    for (const entry of entries) this.#out.write(entry);
    process.nextTick(() => this.#out.uncork());
  }
}

const ledger = new Ledger();
require('../harness').run((n) => ledger.append([{ n, before: new Array(50).fill(n + 0.25) }, { n, after: new Array(50).fill(n + 0.5) }]));
