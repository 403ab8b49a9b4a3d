'use strict';
// Code from strings is compiled in modules that have no parent: each is garbage when its exports have been used.
const Module = require('node:module');

function evaluateString(code, name) {
  const orphan = new Module(name);
  orphan.paths = module.paths;
  orphan._compile(code, name);
  return orphan.exports;
}

require('../harness').run((n) => evaluateString(`module.exports = { key: '${n}', table: new Array(80).fill(${n}.5) };`, `string-${n}.js`).table.length);
