'use strict';
// musl and the source of Rust's standard library, from Debian packages that are unpacked, not installed.

const fs = require('node:fs');
const path = require('node:path');
const { NeedsError, command } = require('./command.js');

/** Debian releases. The musl of the first supports `DT_RELR` (since 1.2.4), which Node's linker writes; any may have the needed Rust. */
const SUITES = ['trixie', 'trixie-backports', 'sid'];

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Returns the paths of musl's dynamic loader, of the directory it was unpacked to, and of the source of Rust `rust` (`1.95.0`).
 *
 * @returns {{loader: string, root: string, source: string}}
 */
function debian(cache, rust) {
  const root = path.join(cache, 'root');
  const source = path.join(root, `usr/src/rustc-${rust}`);
  const loader = path.join(root, 'usr/lib/ld-musl-x86_64.so.1');
  if (fs.existsSync(loader) && fs.existsSync(source)) return { loader, root, source };
  if (!fs.existsSync(KEYS)) throw new NeedsError(`Debian's package debian-archive-keyring (${KEYS})`);
  console.log(`musl and the source of Rust ${rust}, from Debian`);
  const apt = aptIn(path.join(cache, 'apt'));
  apt.run('apt-get', 'update', '--quiet');
  const versions = [...apt.run('apt-cache', 'madison', 'rust-src').matchAll(/rust-src \| +(\S+)/g)].map(([, version]) => version);
  const version = versions.find((name) => name.startsWith(`${rust}+`));
  if (!version)
    throw new NeedsError(
      `the source of Rust ${rust}; Debian has ${versions.join(', ')}. Choose another toolchain, by RUSTUP_TOOLCHAIN`,
    );
  apt.run('apt-get', 'download', '--quiet', `musl/${SUITES[0]}`, `musl-dev/${SUITES[0]}`, `rust-src=${version}`);
  fs.rmSync(root, { recursive: true, force: true });
  for (const name of fs.readdirSync(apt.directory).filter((name) => name.endsWith('.deb'))) {
    const file = path.join(apt.directory, name);
    command('dpkg', ['-x', file, root]);
    fs.rmSync(file);
  }
  return { loader, root, source };
}

/** An apt with package lists of its own, from the system's mirror. */
function aptIn(directory) {
  for (const name of ['lists/partial', 'cache/archives/partial']) fs.mkdirSync(path.join(directory, name), { recursive: true });
  const mirror = command('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Component: main'])
    .split('\n')
    .find((line) => /\/debian\/?$/.test(line));
  if (!mirror) throw new NeedsError('a mirror of Debian in the sources of apt');
  const sources = path.join(directory, 'sources.list');
  fs.writeFileSync(sources, SUITES.map((suite) => `deb [signed-by=${KEYS}] ${mirror} ${suite} main\n`).join(''));
  const options = {
    'Dir::State::Lists': `${directory}/lists`,
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': `${directory}/cache`,
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::Retries': '3',
  };
  const set = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return { directory, run: (program, ...args) => command(program, [...set, ...args], { cwd: directory }) };
}

module.exports = { debian };
