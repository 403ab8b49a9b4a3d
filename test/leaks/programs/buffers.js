'use strict';
// Bytes that nobody takes out again.
const received = [];
require('../harness').run((n) => { received.push(Buffer.alloc(20_000, n % 256)); });
