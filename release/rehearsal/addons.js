'use strict';
// Checks of the file of an addon.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { highest, readElf } = require('../elf.js');
const { GLIBC_FLOOR } = require('../targets.js');

const ROOT = path.join(__dirname, '../..');

/** Libraries that Node has loaded: parts of the C library, and the unwinder. */
const LIBRARIES = {
  glibc: /^(lib(c|m|dl|pthread|rt)\.so\.\d|libgcc_s\.so\.1|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^(libc\.so|libc\.musl-\w+\.so\.1|libgcc_s\.so\.1)$/,
};

/** The installed package has at most 7 MB: 2 MB are the main package. */
const MAX_BYTES = 7e6 - 2e6;

/** The processor is the target's, and every library is one that Node brings. */
function loads(target, file) {
  const { cpu, needed } = readElf(file);
  assert.equal(cpu, target.cpu);
  assert.deepEqual(
    needed.filter((name) => !LIBRARIES[target.libc].test(name)),
    [],
  );
}

/** The addon needs no version of glibc above the floor. */
function glibcFloor(target, file) {
  if (target.libc !== 'glibc') return 'skipped';
  const version = highest(readElf(file).versions, 'GLIBC');
  assert.ok(version.localeCompare(GLIBC_FLOOR, 'en', { numeric: true }) <= 0, `needs glibc ${version}`);
  return version;
}

/** The addon names no directory of the machine that built it. */
function namesNoPath(_target, file) {
  const bytes = fs.readFileSync(file);
  for (const place of [ROOT, os.homedir(), process.env.CARGO_HOME, os.tmpdir()].filter(Boolean)) {
    const at = bytes.indexOf(`${place}/`);
    assert.equal(at, -1, `contains ${bytes.toString('latin1', at, at + 80)}`);
  }
}

function size(_target, file) {
  const { size: bytes } = fs.statSync(file);
  assert.ok(bytes <= MAX_BYTES, `${bytes} bytes`);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const CHECKS = { loads, 'glibc floor': glibcFloor, 'no path': namesNoPath, size };

module.exports = { CHECKS };
