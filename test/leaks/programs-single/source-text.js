'use strict';
// A script of several megabytes: the text of the program, not retained data.
const vm = require('node:vm');
function bundle() {
  const text = Buffer.from(`// ${'a comment '.repeat(400_000)}\n(function answer() { return 42; })`);
  return vm.runInThisContext(text.toString(), { filename: 'generated-bundle.js' });
}
globalThis.answer = bundle();
require('../single.js').write();
