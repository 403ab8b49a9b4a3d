'use strict';
// The installed Rust, made able to build its standard library for targets that it does not bring.

const fs = require('node:fs');
const path = require('node:path');
const { command, script } = require('./command.js');
const { rustSource } = require('./debian.js');

/** Returns `{version, host, sysroot}` of the compiler in PATH. */
function installed() {
  const about = command('rustc', ['--version', '--verbose']);
  const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(about)[1];
  return { version: field('release'), host: field('host'), sysroot: command('rustc', ['--print', 'sysroot']).trim() };
}

/**
 * Returns what `cargo build` needs for `triple`: arguments, environment, and the directories whose names must not get into the addon,
 * with the names that replace them. A standard library that is not installed is built from Debian's copy of the source.
 */
function rustFor(triple, cache) {
  const { version, host, sysroot } = installed();
  if (fs.existsSync(path.join(sysroot, 'lib/rustlib', triple, 'lib')))
    return { args: [], env: {}, renamed: { [sysroot]: '/rust' } };
  const source = rustSource(cache, version);
  const ours = path.join(cache, `rust-${version}`);
  const rustlib = path.join(ours, 'lib/rustlib');
  fs.mkdirSync(path.join(rustlib, 'src'), { recursive: true });
  link(path.join(sysroot, 'lib/rustlib', host), path.join(rustlib, host));
  link(source, path.join(rustlib, 'src/rust'));
  return {
    args: ['-Zbuild-std=std,panic_unwind'],
    env: { RUSTC_BOOTSTRAP: '1', RUSTC: script(path.join(ours, 'rustc'), `exec "${sysroot}/bin/rustc" --sysroot "${ours}" "$@"`) },
    renamed: { [sysroot]: '/rust', [source]: '/rust/src', [ours]: '/rust' },
  };
}

function link(target, file) {
  fs.rmSync(file, { force: true });
  fs.symlinkSync(target, file);
}

module.exports = { rustFor };
