'use strict';
// Listeners, each with the request that it was made for.
const { EventEmitter } = require('node:events');
const bus = new EventEmitter();
bus.setMaxListeners(0);
function subscribe(n) {
  const request = { id: n, body: Array.from({ length: 300 }, (_, i) => i + n + 0.5) };
  bus.on('reload', () => request.body.length);
}
for (let n = 0; n < 3000; n++) subscribe(n);
module.exports = { bus };
require('../single.js').write();
