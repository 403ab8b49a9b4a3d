'use strict';
// A cache that does not keep its keys alive.
const sizes = new WeakMap();
let recent = [];
require('../harness').run((n) => {
  const key = { n, text: 'k'.repeat(400) + n };
  sizes.set(key, { size: key.text.length });
  recent = [...recent.slice(-9), key];
});
