'use strict';
// The function that lives may read anything by name: whether the page is needed, nobody can tell.
const formulas = [];
function sheet(n) {
  const page = Array.from({ length: 60 }, (_, i) => ({ n, cell: `cell ${i} of ${n}` }));
  const total = () => page.length;
  formulas.push((text) => eval(text) + n);
  return total();
}
require('../harness').run(sheet);
