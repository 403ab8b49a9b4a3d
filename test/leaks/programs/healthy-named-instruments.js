'use strict';
// Instruments are looked up by name, so that the same few serve every request.
class InstrumentBook {
  constructor() {
    this.byName = new Map();
    for (const list of ['sums', 'levels', 'spreads', 'outputs']) this[list] = [];
  }
  instruments(name) {
    let set = this.byName.get(name);
    if (!set) {
      set = { name, attributes: new Array(20).fill(name.length + 0.5), value: 0 };
      this.byName.set(name, set);
      for (const list of ['sums', 'levels', 'spreads', 'outputs']) this[list].push({ kind: list, set });
    }
    set.value += 1;
    return set;
  }
}

const book = new InstrumentBook();
require('../harness').run((n) => { for (let i = 0; i < 20; i++) book.instruments(`route-${(n + i) % 30}`); });
