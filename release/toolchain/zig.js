'use strict';
// Zig, from PyPI: a C compiler and linker with the headers and stubs of every glibc, and of musl, for every processor.

const fs = require('node:fs');
const path = require('node:path');
const { command } = require('./command.js');

/** One version for every release: another one may link another file. */
const PACKAGES = ['ziglang==0.15.2', 'cargo-zigbuild==0.24.1'];

/** Returns the directory with the command `cargo-zigbuild`, installing it if needed. */
function zig(cache) {
  const directory = path.join(cache, 'zig');
  const bin = path.join(directory, 'bin');
  if (!fs.existsSync(path.join(bin, 'cargo-zigbuild'))) {
    console.log(`from PyPI: ${PACKAGES.join(', ')}`);
    command('python3', ['-m', 'venv', directory]);
    command(path.join(bin, 'pip'), ['install', '--quiet', ...PACKAGES]);
  }
  return bin;
}

module.exports = { zig };
