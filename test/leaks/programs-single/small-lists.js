'use strict';
// One object, many small lists: no list is large, and no object is held directly by the owner.
class Board {
  constructor() { this.topics = {}; }
  post(topic, text) {
    (this.topics[topic] ??= []).push({ text, at: new Date(), tags: [`${text} a`, `${text} b`] });
  }
}
const board = new Board();
for (let n = 0; n < 40_000; n++) board.post(`topic ${n % 4000}`, `post number ${n}`);
module.exports = { post: (topic, text) => board.post(topic, text) };
require('../single.js').write();
