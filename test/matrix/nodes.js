'use strict';
// The Node versions of test/matrix/package.json, installed on first use.

const { execSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { dependencies } = require('./package.json');

const NAME = /^node(\d+)$/;

const isInstalled = (name) => {
  const file = path.join(__dirname, 'node_modules', name, 'package.json');
  if (!fs.existsSync(file)) return false;
  // Some versions of the package write it as v18.20.8.
  const version = JSON.parse(fs.readFileSync(file, 'utf8')).version.replace(/^v/, '');
  return dependencies[name].endsWith(`@${version}`);
};

/** The major versions, as text. */
const MAJORS = Object.keys(dependencies).map((name) => NAME.exec(name)[1]);

/** Returns why they cannot be installed here; `undefined` if they can. */
const unsupported =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `the versions of the matrix are installed for linux-x64 only, not for ${process.platform}-${process.arch}`;

/** Returns the executables of the given major versions, installing them if needed. */
function executables(majors) {
  const names = majors.map((major) => `node${major}`);
  if (!names.every(isInstalled)) execSync('npm ci --no-audit --no-fund', { cwd: __dirname, stdio: 'inherit' });
  return names.map((name) => path.join(__dirname, 'node_modules', name, 'bin/node'));
}

module.exports = { MAJORS, executables, unsupported };
