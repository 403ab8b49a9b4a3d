'use strict';
// Fifty connections with functions of their own, made at the start.
const pool = [];
for (let i = 0; i < 50; i++) {
  const buffer = Buffer.alloc(1000, i);
  const warm = () => buffer.length;
  warm();
  pool.push({ i, query: (text) => text + i });
}
require('../harness').run((n) => { pool[n % 50].last = n; });
