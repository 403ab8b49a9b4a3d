// A cache with a bound, which is still filling while it is measured.
const { measure } = require('./harness');
const { LRUCache } = require('lru-cache');
const products = new LRUCache({ max: 5000 });
async function product(i) {
  products.set('product-' + i, { id: i, name: 'Product ' + i, tags: ['new', 'tea'] });
  await null;
  return products.get('product-' + (i >> 1));
}
measure(product, { warmup: 200, n: 300 });
