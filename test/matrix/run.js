'use strict';
// `npm run test:matrix [18|20|22|24|26...]`: the Node tests on every supported Node.
// The addon is built once; Node-API lets all of them load it.

const { execSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`the versions of the matrix are installed for linux-x64 only, not for ${process.platform}-${process.arch}`);
  process.exit(0);
}
const { dependencies } = require('./package.json');
const wanted = process.argv.slice(2);
const names = Object.keys(dependencies).filter((name) => wanted.length === 0 || wanted.includes(name.slice('node'.length)));
const executable = (name) => path.join(__dirname, 'node_modules', name, 'bin/node');
const isInstalled = (name) => {
  const file = path.join(__dirname, 'node_modules', name, 'package.json');
  return fs.existsSync(file) && dependencies[name].endsWith(`@${JSON.parse(fs.readFileSync(file, 'utf8')).version}`);
};
if (!names.every(isInstalled)) execSync('npm ci --no-audit --no-fund', { cwd: __dirname, stdio: 'inherit' });
const { status } = spawnSync(process.execPath, [path.join(__dirname, '../run.js'), ...names.map(executable)], { stdio: 'inherit' });
process.exit(status ?? 1);
