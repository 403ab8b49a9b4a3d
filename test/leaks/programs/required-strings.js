'use strict';
// Code from strings is compiled in modules whose parent is this one, which puts each into module.children.
const Module = require('node:module');

function requireFromString(code, name) {
  const compiled = new Module(name, module);
  compiled.paths = module.paths;
  compiled._compile(code, name);
  return compiled.exports;
}

require('../harness').run((n) => requireFromString(`module.exports = { key: '${n}', table: new Array(80).fill(${n}.5) };`, `virtual-${n}.js`).table.length);
