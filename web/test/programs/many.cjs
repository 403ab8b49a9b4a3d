'use strict';
// Much of everything: constructors, objects of one constructor, copies of texts, a long chain. `node many.cjs FOLDER`.

const path = require('node:path');
const { writeHeapSnapshot } = require('node:v8');

const classes = Array.from({ length: 5000 }, (_, i) =>
  new Function(`return class Constructor${i} { constructor() { this.value = {}; } }`)(),
);
const objects = classes.flatMap((One, i) => Array.from({ length: i === 0 ? 60_000 : 3 }, () => new One()));
const texts = Array.from({ length: 2000 }, (_, i) =>
  [1, 2].map((part) => JSON.parse(JSON.stringify(`text ${i} `.repeat(8) + part.toString().slice(1)))),
);
let chain = null;
for (let i = 0; i < 20_000; i++) chain = { next: chain };

globalThis.kept = { classes, objects, texts, chain };
writeHeapSnapshot(path.join(process.argv[2], 's1.heapsnapshot'));
