'use strict';
// Hot reload that takes the old version out of require.cache and out of module.children.
const target = require.resolve('./parts/translations.js');

function refresh(n) {
  const old = require.cache[target];
  delete require.cache[target];
  const at = module.children.indexOf(old);
  if (at >= 0) module.children.splice(at, 1);
  return require('./parts/translations.js').translate(`phrase.${n % 40}`);
}

require('../harness').run(refresh);
