'use strict';
// A table of interned words: common ones come at once, rare ones later and later, as in any text.
const interned = Object.create(null);
let words = 0;

function intern(word) { return (interned[word] ??= { word, id: words++, postings: new Float64Array(30) }); }

let state = 99;
function nextRank() {
  state = (state * 16807) % 2147483647;
  return Math.floor(350 * (state / 2147483647) ** 3);
}

require('../harness').run(() => { for (let i = 0; i < 25; i++) intern(`word-${nextRank()}`); });
