'use strict';
// Hot reload deletes the module from require.cache, but the parent's module.children keeps every old version.
const file = require.resolve('./parts/translations.js');

function hotReload(n) {
  delete require.cache[file];
  const { translate } = require('./parts/translations.js');
  return translate(`phrase.${n % 40}`);
}

require('../harness').run(hotReload);
