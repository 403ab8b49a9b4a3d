'use strict';

const fs = require('node:fs');

/**
 * Loads a program that is built from its own folder, with its libraries.
 * @param {string} file
 * @param {{name: string, script: string, code: string}} how `script`: the npm script that builds it; `code` of the error if it is missing
 */
function loadBundle(file, { name, script, code }) {
  if (fs.existsSync(file)) return require(file);
  throw Object.assign(new Error(`${name} is not built; to build it: npm run ${script}`), { code });
}

module.exports = { loadBundle };
