'use strict';
// Packages of Debian, which are unpacked, not installed.

const fs = require('node:fs');
const path = require('node:path');
const { NeedsError, command } = require('./command.js');

/** Debian releases. The musl of the first supports `DT_RELR` (since 1.2.4), which Node's linker writes; any may have the needed Rust. */
const SUITES = ['trixie', 'trixie-backports', 'sid'];

/** Architectures of packages. */
const ARCHITECTURES = ['amd64', 'arm64'];

const opened = new Map();

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Returns the directory `cache/name`, in which `packages` were unpacked. A package may be `name=version`, `name:architecture`, or both.
 */
function unpacked(cache, name, packages) {
  const directory = path.join(cache, name);
  if (fs.existsSync(directory)) return directory;
  const apt = aptIn(cache);
  console.log(`from Debian: ${packages.join(', ')}`);
  apt.run('apt-get', 'download', '--quiet', ...packages);
  const partial = `${directory}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  for (const file of fs.readdirSync(apt.directory).filter((file) => file.endsWith('.deb'))) {
    command('dpkg', ['-x', path.join(apt.directory, file), partial]);
    fs.rmSync(path.join(apt.directory, file));
  }
  fs.renameSync(partial, directory);
  return directory;
}

/** Returns the directory with the source of Rust `rust` (`1.95.0`), standard library included. */
function rustSource(cache, rust) {
  const name = `rust-src-${rust}`;
  const source = path.join(cache, name, `usr/src/rustc-${rust}`);
  if (fs.existsSync(source)) return source;
  const apt = aptIn(cache);
  const versions = [...apt.run('apt-cache', 'madison', 'rust-src').matchAll(/rust-src \| +(\S+)/g)].map(([, version]) => version);
  const version = versions.find((known) => known.startsWith(`${rust}+`));
  if (!version)
    throw new NeedsError(
      `the source of Rust ${rust}; Debian has ${versions.join(', ')}. Choose another toolchain, by RUSTUP_TOOLCHAIN`,
    );
  unpacked(cache, name, [`rust-src=${version}`]);
  return source;
}

/** Returns the directory with musl, its loader and its headers, for an architecture of Debian. */
const musl = (cache, architecture) =>
  unpacked(
    cache,
    `musl-${architecture}`,
    ['musl', 'musl-dev'].map((name) => `${name}:${architecture}/${SUITES[0]}`),
  );

/** Returns an apt with package lists of its own, from the system's mirror. The lists are updated once by each process. */
function aptIn(cache) {
  if (opened.has(cache)) return opened.get(cache);
  if (!fs.existsSync(KEYS)) throw new NeedsError(`Debian's package debian-archive-keyring (${KEYS})`);
  const directory = path.join(cache, 'apt');
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
  const lists = ARCHITECTURES.map((architecture) => ['APT::Architectures::', architecture]);
  const set = [...Object.entries(options), ...lists].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = { directory, run: (program, ...args) => command(program, [...set, ...args], { cwd: directory }) };
  console.log('lists of Debian packages');
  apt.run('apt-get', 'update', '--quiet');
  opened.set(cache, apt);
  return apt;
}

module.exports = { musl, rustSource, unpacked };
