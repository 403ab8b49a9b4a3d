// A parcel belongs to a van and to its sender until it is delivered; then both let it go.
import harness from '../harness.js';

const van = [];
const bySender = new Map(['ann', 'bob', 'cid', 'dot'].map((name) => [name, new Set()]));

class Parcel {
  constructor(n) { this.n = n; this.sender = ['ann', 'bob', 'cid', 'dot'][n % 4]; this.items = Array.from({ length: 15 }, (_, i) => ({ i, price: n + 0.99 })); }
}

function load(n) {
  const parcel = new Parcel(n);
  van.push(parcel);
  bySender.get(parcel.sender).add(parcel);
}
function deliver() {
  const parcel = van.shift();
  bySender.get(parcel.sender).delete(parcel);
}

await harness.run((n) => { load(n); load(n + 1); deliver(); deliver(); });
