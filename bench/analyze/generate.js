'use strict';
// Writes the snapshot of a deterministic, application-like heap: records, indexes by key, caches,
// trees, listeners, closures, buffers, text. A scale of 1 adds about 6 MB to the file.
//
//     node --expose-gc --max-old-space-size=12000 generate.js OUT.heapsnapshot SCALE

const v8 = require('node:v8');

let state = 0x2545f491;
function below(n) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}
const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));

class Address {
  constructor(i) {
    this.street = `${i} Long Road`;
    this.town = `town ${below(60)}`;
    this.position = { latitude: below(180) + 0.5, longitude: below(360) + 0.25 };
  }
}

class Customer {
  constructor(i) {
    this.key = `customer:${i}`;
    this.mail = `c${i}@shop.example`;
    this.tags = [`tag ${below(90)}`, `tag ${below(90)}`];
    this.address = new Address(i);
  }
}

class Purchase {
  constructor(i, customer) {
    this.customer = customer;
    this.at = new Date(1.7e12 + i * 1000);
    this.items = times(1 + below(4), () => ({ product: `product ${below(4000)}`, amount: below(9), price: below(1e4) / 100 }));
  }
}

class Tree {
  constructor(key) {
    this.key = key;
    this.left = this.right = null;
  }

  insert(key) {
    for (let node = this; ;) {
      const side = key < node.key ? 'left' : 'right';
      if (node[side] === null) {
        node[side] = new Tree(key);
        return;
      }
      node = node[side];
    }
  }
}

class Channel {
  #listeners = new Map();

  on(event, listener) {
    const list = this.#listeners.get(event);
    if (list) list.push(listener);
    else this.#listeners.set(event, [listener]);
  }
}

const shop = (globalThis.shop = {
  customers: [],
  purchases: [],
  byKey: new Map(),
  notes: new WeakMap(),
  cache: new Map(),
  channels: [],
  jobs: [],
  log: [],
  words: [],
  blobs: [],
  index: Object.create(null),
  groups: [],
  tree: new Tree(1 << 29),
  chain: null,
});

function grow(round) {
  for (let i = 0; i < 1900; i++) {
    const customer = new Customer(round * 1900 + i);
    shop.customers.push(customer);
    shop.byKey.set(customer.key, customer);
    if (i % 8 === 0) shop.notes.set(customer, { note: `seen ${i}` });
  }
  const someone = () => shop.customers[below(shop.customers.length)];
  for (let i = 0; i < 2800; i++) shop.purchases.push(new Purchase(i, someone()));
  for (let i = 0; i < 1000; i++) shop.tree.insert(below(1 << 30));
  for (let i = 0; i < 500; i++) shop.cache.set({ query: `q${i}` }, { rows: [someone()], hits: below(10) });
  for (let i = 0; i < 110; i++) {
    const channel = new Channel();
    const session = { channel, opened: i };
    channel.on('data', () => session.opened++);
    channel.on('close', function close() {
      return session;
    });
    shop.channels.push(channel);
  }
  for (let i = 0; i < 450; i++) {
    const input = { payload: 'p'.repeat(below(50)) + i, range: [i, i + 1] };
    shop.jobs.push(() => input);
  }
  for (let i = 0; i < 1600; i++) shop.words.push(`line ${i} of ${below(1e9).toString(36)} in round ${round}`);
  for (let i = 0; i < 250; i++)
    shop.log.push({ level: i % 4 ? 'info' : 'warn', text: `m${below(900)}`, context: { request: i, by: someone() } });
  for (let i = 0; i < 300; i++)
    shop.index[`key ${round}.${i}`] = { i, value: `d${i}`, next: (shop.chain = { previous: shop.chain }) };
  for (let i = 0; i < 50; i++) shop.groups.push(new Set(times(20, (k) => `member ${k} of ${i}`)));
  for (let i = 0; i < 90; i++)
    shop.log.push(Promise.resolve({ i }), new RegExp(`x${i % 7}`), Symbol(`s${i}`), new Error(`e${i % 5}`));
  for (let i = 0; i < 10; i++) shop.blobs.push(Buffer.alloc(64 + below(8000)), new Float64Array(below(100)));
  let long = '';
  for (let i = 0; i < 90; i++) long += `part ${i};`;
  shop.log.push(long, 'y'.repeat(70).slice(4, 50) + round);
}

if (require.main === module) {
  const [out, scale] = process.argv.slice(2);
  for (let round = 0; round < Number(scale); round++) grow(round);
  global.gc();
  v8.writeHeapSnapshot(out);
}

module.exports = { grow };
