'use strict';
// A Map keyed by objects that should have been a WeakMap.
const metadata = new Map();
class Request { constructor(n) { this.url = `/p/${n}`; this.headers = { host: 'h'.repeat(300) + n }; } }
require('../harness').run((n) => { metadata.set(new Request(n), { seen: n }); });
