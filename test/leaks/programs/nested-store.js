'use strict';
// Deep inside an object: a service has a store, which has an index.
class Index { entries = new Map(); }
class Store { constructor() { this.index = new Index(); } put(n) { this.index.entries.set(n, { n, doc: ['d'.repeat(400) + n] }); } }
class Service { constructor() { this.store = new Store(); } }
const service = new Service();
require('../harness').run((n) => service.store.put(n));
