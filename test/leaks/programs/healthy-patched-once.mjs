// The prototype is patched once, which a symbol on the wrapper remembers; tenants are told apart by a weak map.
import harness from '../harness.js';

const PATCHED = Symbol('patched');
const counts = new WeakMap();

class Basket {
  items = [];
  constructor(tenant) { this.tenant = tenant; }
  put(article) { this.items.push(article); return this.items.length; }
}

function instrument(type, method) {
  const inner = type.prototype[method];
  if (inner[PATCHED]) return;
  const wrapper = function counted(...args) {
    counts.set(this.tenant, (counts.get(this.tenant) ?? 0) + 1);
    return inner.apply(this, args);
  };
  wrapper[PATCHED] = true;
  type.prototype[method] = wrapper;
}

await harness.run((n) => {
  instrument(Basket, 'put');
  return new Basket({ n, quota: new Float64Array(60) }).put(n);
});
