'use strict';
// Buffers are added and never removed.
const received = [];
require('../harness').run((n) => { received.push(Buffer.alloc(20_000, n % 256)); });
