// An instrumentation patches the prototype anew for every tenant, around the method that is there.
import harness from '../harness.js';

class Cart {
  items = [];
  add(article) { this.items.push(article); return this.items.length; }
}

class Instrumentation {
  constructor(tenant) { this.tenant = tenant; this.buckets = new Float64Array(120); }
  enable(type, method) {
    const instrumentation = this;
    const inner = type.prototype[method];
    type.prototype[method] = function instrumented(...args) {
      instrumentation.buckets[0] += 1;
      return inner.apply(this, args);
    };
  }
}

await harness.run((n) => {
  new Instrumentation(`tenant ${n}`).enable(Cart, 'add');
  return new Cart().add(n);
});
