'use strict';
// The heap for the capture benchmarks: small objects, as services have them. 300,000 records with a Map, a closure and strings each
// are about 170 MB.

module.exports = function grow(records) {
  const heap = [];
  for (let i = 0; i < records; i++) {
    const record = {
      id: i,
      name: `user-${i}`,
      email: `user-${i}@example.org`,
      tags: new Map([
        [`a${i}`, { weight: i / 3 }],
        [`b${i}`, { weight: i / 7 }],
      ]),
      describe: () => `${record.name} <${record.email}>`,
    };
    heap.push(record);
  }
  globalThis.benchHeap = heap;
};
