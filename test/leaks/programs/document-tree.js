'use strict';
// Paragraphs are in an array, in an index by id, and point to their chapter; deleting takes them only off the screen.
class Paragraph {
  constructor(id, chapter) { this.id = id; this.chapter = chapter; this.words = new Array(30).fill(id + 0.5); }
}
class Manuscript {
  constructor() { this.paragraphs = []; this.byId = new Map(); this.visible = new Set(); this.root = { title: 'one', last: null }; }
  insert(id) {
    const paragraph = new Paragraph(id, this.root);
    this.paragraphs.push(paragraph);
    this.byId.set(id, paragraph);
    this.visible.add(paragraph);
    this.root.last = paragraph;
  }
  delete(id) { this.visible.delete(this.byId.get(id)); }
}

const manuscript = new Manuscript();
require('../harness').run((n) => {
  for (const id of [n * 2, n * 2 + 1]) manuscript.insert(id);
  for (const id of [n * 2, n * 2 + 1]) manuscript.delete(id);
});
