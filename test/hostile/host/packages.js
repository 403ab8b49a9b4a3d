'use strict';
// Installs hosts other than Node, and the tools for single executables, from the npm registry into .cache/hostile-host.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../../support/temporary.js');
const { Skipped } = require('./case.js');

const CACHE = path.join(ROOT, '.cache/hostile-host');

/** Exact versions, so that results do not change with new releases. Packages that contain an executable are for one platform. */
const DEPENDENCIES = { '@oven/bun-linux-x64': '1.4.5', '@deno/linux-x64-glibc': '2.9.6', postject: '1.0.0-alpha.6' };

/** Installs the packages if needed. */
function install() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Skipped('the hosts are installed for linux-x64 only');
  const wanted = JSON.stringify({ private: true, dependencies: DEPENDENCIES });
  const stamp = path.join(CACHE, 'installed.json');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(path.join(CACHE, 'package.json'), wanted);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--force'], { cwd: CACHE, stdio: 'ignore' });
  fs.writeFileSync(stamp, wanted);
}

/** Returns the path of a file of a package. */
function installed(name, file) {
  install();
  return path.join(CACHE, 'node_modules', name, file);
}

module.exports = {
  bun: () => installed('@oven/bun-linux-x64', 'bin/bun'),
  deno: () => installed('@deno/linux-x64-glibc', 'deno'),
  postject: () => installed('postject', 'dist/cli.js'),
};
