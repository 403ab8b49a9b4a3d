'use strict';
// An array indexed by account numbers, which V8 keeps as a dictionary: balances are entered and none is taken out.
const ledger = { balances: [] };

function book(account, amount) {
  ledger.balances[account] = { account, amount, history: new Array(12).fill(amount + 0.5) };
}

require('../harness').run((n) => {
  for (let i = 0; i < 4; i++) book(1_000_000 + (n * 4 + i) * 977, i);
});
