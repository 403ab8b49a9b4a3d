'use strict';
// `npm run test:matrix [18|20|22|24|26...]`: the Node tests on every supported Node.
// The addon is built once, because Node-API makes it compatible with all of them.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { MAJORS, executables, unsupported } = require('./nodes.js');

if (unsupported) {
  console.log(unsupported);
  process.exit(0);
}
const wanted = process.argv.slice(2);
const majors = MAJORS.filter((major) => wanted.length === 0 || wanted.includes(major));
const { status } = spawnSync(process.execPath, [path.join(__dirname, '../run.js'), ...executables(majors)], { stdio: 'inherit' });
process.exit(status ?? 1);
