'use strict';
// Heaps of different shapes, some 60 MB each: what `calibrate.js` measures.

const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** Each gives what is to be kept alive. */
module.exports = {
  'records in maps': () => new Map(many(180_000, (i) => [i, { id: i, name: `name ${i}`, tags: [i, i + 1] }])),
  'tiny objects': () => many(1_500_000, (i) => ({ i })),
  'short strings': () => many(1_200_000, (i) => Buffer.from(`text number ${i}`).toString('latin1')),
  'long strings': () => many(60, (i) => Buffer.alloc(1_000_000, 97 + (i % 26)).toString('latin1')),
  'arrays of doubles': () => many(1_000, (i) => many(7_500, (j) => i + j + 0.5)),
  'arrays of references': () => {
    const shared = { shared: true };
    return many(60, () => new Array(130_000).fill(shared));
  },
  closures: () => many(600_000, (i) => () => i),
  'sets of numbers': () => many(300_000, (i) => new Set([i, i + 1])),
  'linked list': () => {
    let head = null;
    for (let i = 0; i < 1_500_000; i++) head = { next: head, i };
    return head;
  },
  'objects with many properties': () => many(120_000, (i) => Object.fromEntries(many(24, (j) => [`key${j}`, i + j]))),
  functions: () => many(40_000, (i) => {
    const made = new Function('a', `const x = a + ${i}; return { x, y: [x, a], z: () => x + ${i} };`);
    made(1);
    return made;
  }),
  buffers: () => many(20_000, (i) => new Uint8Array(3_000).fill(i)),
  'JSON documents': () => many(30_000, (i) => JSON.parse(JSON.stringify({
    id: i, title: `document ${i}`, at: new Date(i), lines: many(12, (j) => ({ sku: `${i}-${j}`, price: j * 1.5 })),
  }))),
};
