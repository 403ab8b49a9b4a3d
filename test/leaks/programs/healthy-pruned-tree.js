'use strict';
// Verses are in an array, an index and a tree; removing takes them out of all three.
class Verse {
  constructor(id, parent) { this.id = id; this.parent = parent; this.words = new Array(30).fill(id + 0.5); }
}
class Poem {
  verses = [];
  byId = new Map();
  root = { children: new Set() };
  insert(id) {
    const verse = new Verse(id, this.root);
    this.verses.push(verse);
    this.byId.set(id, verse);
    this.root.children.add(verse);
  }
  remove(id) {
    const verse = this.byId.get(id);
    this.byId.delete(id);
    this.root.children.delete(verse);
    this.verses.splice(this.verses.indexOf(verse), 1);
    verse.parent = null;
  }
}

const poem = new Poem();
require('../harness').run((n) => {
  for (const id of [n * 2, n * 2 + 1]) poem.insert(id);
  for (const id of [n * 2, n * 2 + 1]) poem.remove(id);
});
