'use strict';
// autocannon, the HTTP load generator of the benchmarks. Installed at its first use.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const cache = path.join(__dirname, '..', '.cache', 'bench-load');

function installAutocannon() {
  const directory = path.join(cache, 'node_modules', 'autocannon');
  if (!fs.existsSync(directory)) {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(path.join(cache, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', 'autocannon@8.0.0'], { cwd: cache, stdio: 'ignore' });
  }
  return require(directory);
}

module.exports = { installAutocannon };
