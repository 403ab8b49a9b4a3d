'use strict';
// Lists the files that a module of this package needs.

const fs = require('node:fs');
const { createRequire } = require('node:module');

const RELATIVE_REQUIRE = /\brequire\('(\.[^']+)'\)/g;

/** Returns the paths of a module and of all modules of this package that it requires, directly or not, also while it runs. */
function modulesOf(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    const load = createRequire(file);
    for (const [, request] of fs.readFileSync(file, 'utf8').matchAll(RELATIVE_REQUIRE)) found.add(load.resolve(request));
  }
  return [...found];
}

module.exports = { modulesOf };
