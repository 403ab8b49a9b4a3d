'use strict';
// `npm run release:build [-- TARGET...]`: builds the addons for Linux, as they are released, into .cache/release/addons. A target is
// `linux-x64-gnu` and so on.
//
// Zig links them: against glibc 2.17, and against musl. The same commit, Rust and Zig give the same bytes in every directory.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ADDONS } = require('./packages.js');
const { GLIBC_FLOOR, LINUX } = require('./targets.js');
const { NeedsError } = require('./toolchain/command.js');
const { rustFor } = require('./toolchain/rust.js');
const { zig } = require('./toolchain/zig.js');

const ROOT = path.join(__dirname, '..');
const CACHE = path.join(ROOT, '.cache/release');

/** Compiles the addon of a target, from the checkout in `source`, with cargo's files in `output`; returns its path. */
function compile({ triple, libc }, { source = ROOT, output = path.join(CACHE, 'target') } = {}) {
  const rust = rustFor(triple, CACHE);
  const cargoHome = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo');
  // The last one that fits is used.
  const renamed = { [source]: '/heapdump-rs', [output]: '/target', [cargoHome]: '/cargo', ...rust.renamed };
  const { status } = spawnSync(
    'cargo',
    [
      'zigbuild',
      '--quiet',
      '--locked',
      '--release',
      `--target=${triple}${libc === 'glibc' ? `.${GLIBC_FLOOR}` : ''}`,
      '--target-dir',
      output,
      ...rust.args,
    ],
    {
      cwd: source,
      stdio: 'inherit',
      env: {
        ...process.env,
        ...rust.env,
        CARGO_PROFILE_RELEASE_STRIP: 'symbols',
        PATH: `${zig(CACHE)}:${process.env.PATH}`,
        CARGO_ENCODED_RUSTFLAGS: [
          ...(libc === 'musl' ? ['-Ctarget-feature=-crt-static'] : []),
          ...Object.entries(renamed).map(([from, to]) => `--remap-path-prefix=${from}=${to}`),
        ].join('\x1f'),
      },
    },
  );
  if (status !== 0) throw new NeedsError(`\`cargo zigbuild\` for ${triple} to succeed`);
  return path.join(output, triple, 'release/libheapdump_rs.so');
}

/** Builds a target; returns the path of the addon, under its final name. */
function build(target) {
  const addon = path.join(ADDONS, target.addon);
  fs.mkdirSync(ADDONS, { recursive: true });
  fs.copyFileSync(compile(target), addon);
  return addon;
}

if (require.main === module) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((id) => !LINUX.some((target) => target.id === id));
  if (unknown.length) throw new Error(`no such target: ${unknown.join(', ')}; there are ${LINUX.map(({ id }) => id).join(', ')}`);
  for (const target of LINUX.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const started = Date.now();
    const addon = build(target);
    const megabytes = (fs.statSync(addon).size / 1e6).toFixed(1);
    console.log(`${path.relative(ROOT, addon)}: ${megabytes} MB, ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

module.exports = { CACHE, build, compile };
