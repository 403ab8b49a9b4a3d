'use strict';
// Code that is generated at run time and is in no file, longer than the part that a snapshot contains.
const vm = require('node:vm');
const text = `${'// generated\n'.repeat(120)}
(function () {
  const handlers = [];
  return function compile(n) {
    const tree = Array.from({ length: 60 }, (_, i) => ({ n, node: 'node ' + i + ' of ' + n }));
    const walk = () => tree.length;
    handlers.push(() => n + 1);
    return walk() + handlers.length;
  };
})()`;
const compile = vm.runInThisContext(text, { filename: 'generated.js' });
require('../harness').run(compile);
