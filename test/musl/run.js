'use strict';
// `npm run test:musl [-- [--only PATTERN] [20|22|24...]]`: the Node tests on a Node built for musl, as in Alpine Linux, on a glibc
// Debian of x86-64.
//
// Downloads into .cache/musl: musl and the source of Rust's standard library from Debian, Node from PyPI. Installs nothing. The
// first run takes some minutes, mostly to compile.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { command, NeedsError } = require('../../release/toolchain/command.js');
const { musl } = require('../../release/toolchain/debian.js');
const { buildAddon } = require('./addon.js');
const { node } = require('./node.js');

const ROOT = path.join(__dirname, '../..');
const CACHE = path.join(ROOT, '.cache/musl');

/** The versions that PyPI has for musl. */
const VERSIONS = ['20', '22', '24'];

function main() {
  const {
    values: { only },
    positionals,
  } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new NeedsError('a Linux of x86-64');
  fs.mkdirSync(CACHE, { recursive: true });
  const root = musl(CACHE, 'amd64');
  const addon = buildAddon(ROOT, CACHE, root);
  const directory = path.join(ROOT, 'node_modules/heapdump-rs-linux-x64-musl');
  install(addon, directory);
  const nodes = (positionals.length ? positionals : VERSIONS).map((version) =>
    node(CACHE, version, path.join(root, 'usr/lib/ld-musl-x86_64.so.1')),
  );
  for (const { executable } of nodes) {
    // Otherwise all tests that fork would be silently skipped.
    const { available, reason } = JSON.parse(
      command(executable, ['-p', `JSON.stringify(require(${JSON.stringify(ROOT)}).capabilities().fork)`]),
    );
    if (!available) throw new NeedsError(`forked dumps to work with ${executable}: ${reason}`);
  }
  const { status } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'test/run.js'), ...(only ? ['--only', only] : []), ...nodes.map(({ executable }) => executable)],
    {
      stdio: 'inherit',
      // Node finds them by itself, except where a test hides /proc.
      env: { ...process.env, LD_LIBRARY_PATH: nodes.map(({ libraries }) => libraries).join(':') },
    },
  );
  process.exitCode = status ?? 1;
}

/** Like npm: in a separate package, which the loader of the addon requires. */
function install(addon, directory) {
  const main = 'heapdump-rs.linux-x64-musl.node';
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name: path.basename(directory), main }));
  fs.copyFileSync(addon, path.join(directory, main));
}

try {
  main();
} catch (error) {
  if (!(error instanceof NeedsError)) throw error;
  console.error(`npm run test:musl: ${error.message}`);
  process.exitCode = 1;
}
