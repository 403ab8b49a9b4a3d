'use strict';
// An object has a list and an index of the same documents: it dominates them, its collections do not.
class Library {
  constructor() {
    this.documents = [];
    this.byTitle = new Map();
  }
  add(title, words) {
    const document = { title, words };
    this.documents.push(document);
    this.byTitle.set(title, document);
  }
}
const library = new Library();
for (let n = 0; n < 3000; n++) library.add(`title ${n}`, Array.from({ length: 25 }, (_, i) => `word ${n} ${i}`));
module.exports = { add: (title, words) => library.add(title, words) };
require('../single.js').write();
