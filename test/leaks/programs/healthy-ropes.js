'use strict';
// Many texts that were put together from small pieces and never read: no leak, but half of it is the glue.
const pages = [];
for (let i = 0; i < 1500; i++) {
  let page = `page ${i}: `;
  for (let j = 0; j < 60; j++) page += `${i * j} `;
  pages.push(page);
}
let last = '';
require('../harness').run((n) => { last = `request ${n} ${pages.length} ${'x'.repeat(n)}`; return last; });
