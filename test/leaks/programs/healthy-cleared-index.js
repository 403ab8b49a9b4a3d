'use strict';
// An index by large numbers and a Map are filled in every step and emptied again; both retain their capacity.
const positions = { byAccount: [], byName: new Map() };
for (let i = 0; i < 3_000; i++) positions.byName.set(`start-${i}`, i);

require('../harness').run((n) => {
  for (let i = 0; i < 40; i++) {
    positions.byAccount[1_000_000 + (n * 40 + i) * 977] = { i, history: new Array(12).fill(i + 0.5) };
    positions.byName.set(`account ${n}.${i}`, i);
  }
  positions.byAccount.length = 0;
  positions.byName.clear();
});
