'use strict';
// A new version is deployed over the one that runs.
const fs = require('node:fs');
const path = require('node:path');
const file = path.join(process.argv[2], 'service.js');
const text = (comment) => `'use strict';
${comment}
const open = [];
module.exports = function accept(n) {
  const body = Array.from({ length: 60 }, (_, i) => ({ n, field: 'field ' + i + ' of ' + n }));
  const parse = () => body.length;
  open.push(() => n + 1);
  return parse();
};
`;
fs.writeFileSync(file, text(`// ${'the first version '.repeat(80)}`));
const accept = require(file);
fs.writeFileSync(file, text(`// ${'the second version '.repeat(80)}`));
require('../harness').run(accept);
