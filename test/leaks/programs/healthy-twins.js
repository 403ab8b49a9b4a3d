'use strict';
// Every tenant has settings of its own, all of them the same.
const tenants = new Map();
for (let i = 0; i < 12_000; i++) {
  tenants.set(`tenant ${i}`, JSON.parse('{"theme":"dark","locale":"en","beta":false,"limits":{"kind":"soft","unit":"MB"}}'));
}
require('../harness').run((n) => tenants.get(`tenant ${n}`));
