'use strict';
// A ring of the last hundred, full after the first rounds.
const ring = new Array(30);
class Sample { constructor(n) { this.n = n; this.text = 'r'.repeat(200) + n; } }
require('../harness').run((n) => { ring[n % ring.length] = new Sample(n); });
