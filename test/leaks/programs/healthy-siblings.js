'use strict';
// Many objects of one shape, each with values of its own.
const points = [];
for (let i = 0; i < 30_000; i++) points.push({ x: i, y: i * 2, label: null, tag: 'point' });
const names = new Map();
for (let i = 0; i < 10_000; i++) names.set(i, { first: `first ${i}`, last: `last ${i}`, kind: 'person' });
require('../harness').run((n) => points[n].x + names.size);
