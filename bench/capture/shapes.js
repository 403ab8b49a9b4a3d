'use strict';
// Heaps of different shapes, about 20 MB each, for `calibrate.js`.

const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** Each returns the objects to keep alive. */
module.exports = {
  'records in maps': () => new Map(many(60_000, (i) => [i, { id: i, name: `name ${i}`, tags: [i, i + 1] }])),
  'tiny objects': () => many(500_000, (i) => ({ i })),
  'short strings': () => many(400_000, (i) => Buffer.from(`text number ${i}`).toString('latin1')),
  'long strings': () => many(20, (i) => Buffer.alloc(1_000_000, 97 + (i % 26)).toString('latin1')),
  'arrays of doubles': () => many(330, (i) => many(7_500, (j) => i + j + 0.5)),
  'arrays of references': () => {
    const shared = { shared: true };
    return many(20, () => new Array(130_000).fill(shared));
  },
  closures: () => many(200_000, (i) => () => i),
  'sets of numbers': () => many(100_000, (i) => new Set([i, i + 1])),
  'linked list': () => {
    let head = null;
    for (let i = 0; i < 500_000; i++) head = { next: head, i };
    return head;
  },
  'objects with many properties': () => many(40_000, (i) => Object.fromEntries(many(24, (j) => [`key${j}`, i + j]))),
  functions: () =>
    many(14_000, (i) => {
      const made = new Function('a', `const x = a + ${i}; return { x, y: [x, a], z: () => x + ${i} };`);
      made(1);
      return made;
    }),
  buffers: () => many(7_000, (i) => new Uint8Array(3_000).fill(i)),
  'JSON documents': () =>
    many(10_000, (i) =>
      JSON.parse(
        JSON.stringify({
          id: i,
          title: `document ${i}`,
          at: new Date(i),
          lines: many(12, (j) => ({ sku: `${i}-${j}`, price: j * 1.5 })),
        }),
      ),
    ),
};
