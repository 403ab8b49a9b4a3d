'use strict';
// Loads generated files as well, and evicts each from the cache and from the children of this module after its use.
const fs = require('node:fs');
const path = require('node:path');

const folder = process.argv[2];

function runMigration(n) {
  const file = path.join(folder, `migration-${n % 50}.generated.js`);
  fs.writeFileSync(file, `exports.steps = ${JSON.stringify(Array.from({ length: 30 }, (_, i) => `step ${n}.${i}`))};\n`);
  try {
    return require(file).steps.length;
  } finally {
    module.children.splice(module.children.indexOf(require.cache[require.resolve(file)]), 1);
    delete require.cache[require.resolve(file)];
    fs.unlinkSync(file);
  }
}

require('../harness').run(runMigration);
