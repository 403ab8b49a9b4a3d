'use strict';
// Lists the files that modules of this package need.

const fs = require('node:fs');
const { createRequire } = require('node:module');

const RELATIVE_REQUIRE = /\brequire\('(\.[^']+)'\)/g;

/** Returns the paths of modules and of all modules of this package that they require, directly or not, also while they run. */
function modulesOf(entries) {
  const found = new Set(entries);
  for (const file of found) {
    const load = createRequire(file);
    for (const [, request] of fs.readFileSync(file, 'utf8').matchAll(RELATIVE_REQUIRE)) found.add(load.resolve(request));
  }
  return [...found];
}

module.exports = { modulesOf };
