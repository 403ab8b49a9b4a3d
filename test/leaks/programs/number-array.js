'use strict';
// Numbers only: V8 shows no entries, just a larger store.
const latencies = [];
require('../harness').run((n) => { for (let i = 0; i < 400; i++) latencies.push(n + i / 1000); });
