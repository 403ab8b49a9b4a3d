'use strict';
// A global array keeps 64 of 87 MB; the rest is spread over many small owners.
globalThis.retained = [];
class Frame {
  constructor(n) {
    this.points = Array.from({ length: 250 }, (_, i) => i + n + 0.5);
    this.label = `frame ${n}`;
  }
}
for (let n = 0; n < 28_000; n++) globalThis.retained.push(new Frame(n));

const others = Array.from({ length: 20 }, (_, n) => ({ [`part${n}`]: Array.from({ length: 150_000 }, (_, i) => i + n) }));
others.forEach((other, n) => { module.exports[`reader${n}`] = () => other; });
require('../single.js').write();
