'use strict';
// Builds the addon for musl with the installed Rust. The standard library is built, too, because rustc only ships it for glibc.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { NeedsError, command, script } = require('../../release/toolchain/command.js');
const { rustFor } = require('../../release/toolchain/rust.js');

const TARGET = 'x86_64-unknown-linux-musl';

/** Compiles the addon of `checkout` with musl unpacked in `root`; returns its path. */
function buildAddon(checkout, cache, root) {
  const tools = path.join(cache, 'tools');
  fs.mkdirSync(tools, { recursive: true });
  const compiler = muslCompiler(root, tools);
  const rust = rustFor(TARGET, cache);
  const { status } = spawnSync(
    'cargo',
    ['build', '--quiet', '--release', `--target=${TARGET}`, '--target-dir', path.join(cache, 'target'), ...rust.args],
    {
      cwd: checkout,
      stdio: 'inherit',
      env: {
        CARGO_PROFILE_RELEASE_LTO: 'off', // twice as fast to build
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
        ...process.env,
        ...rust.env,
        CC_x86_64_unknown_linux_musl: compiler,
        CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER: compiler,
        CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS: `-Ctarget-feature=-crt-static -Clink-self-contained=no -L${unwinder(tools)}`,
      },
    },
  );
  if (status !== 0) throw new NeedsError('`cargo build` for musl to succeed');
  return path.join(cache, 'target', TARGET, 'release/libheapdump_rs.so');
}

/** gcc with musl's headers and files, like `musl-gcc` of the package musl-tools. */
function muslCompiler(root, tools) {
  const specs = path.join(tools, 'musl.specs');
  const installed = fs.readFileSync(path.join(root, 'usr/lib/x86_64-linux-musl/musl-gcc.specs'), 'utf8');
  fs.writeFileSync(specs, installed.replaceAll(/(?<=[\s:]|-L)\/usr\//g, `${root}/usr/`));
  command('gcc', ['--version']);
  return script(path.join(tools, 'musl-gcc'), `exec gcc "$@" -specs "${specs}"`);
}

/** An empty libgcc_s for the linker: Node has already loaded the functions of the real one. */
function unwinder(tools) {
  command('gcc', [
    '-shared',
    '-nostdlib',
    '-x',
    'c',
    '/dev/null',
    '-Wl,-soname,libgcc_s.so.1',
    '-o',
    path.join(tools, 'libgcc_s.so'),
  ]);
  return tools;
}

module.exports = { buildAddon };
