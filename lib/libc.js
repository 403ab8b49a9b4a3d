'use strict';
// Which C library this Node was built for: an addon must be of the same.

const fs = require('node:fs');

/** `PT_INTERP`: the program header that names the loader. */
const INTERPRETER = 3;

/**
 * `'glibc'` or `'musl'`, on Linux; `undefined` if it cannot be told. From the loader that the executable names, as the
 * kernel has it: a report of Node would say it too, after collecting for 20 ms what else it says.
 */
function libc(executable = '/proc/self/exe') {
  let fd;
  try {
    fd = fs.openSync(executable);
    const loader = interpreter(fd);
    if (loader === undefined) return undefined;
    return /(^|\/)ld-musl-[^/]*$/.test(loader) ? 'musl' : 'glibc';
  } catch {
    return undefined; // no /proc, or not an ELF of 64 bits
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The path in the header of an `Elf64` file, which every supported platform uses, lowest byte first. */
function interpreter(fd) {
  const read = (length, position) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, position));
  };
  const header = read(64, 0);
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return undefined;
  const size = header.readUInt16LE(54);
  const table = read(size * header.readUInt16LE(56), Number(header.readBigUInt64LE(32)));
  for (let at = 0; at < table.length; at += size) {
    if (table.readUInt32LE(at) !== INTERPRETER) continue;
    const length = Math.min(Number(table.readBigUInt64LE(at + 32)), 4096);
    return read(length, Number(table.readBigUInt64LE(at + 8)))
      .toString()
      .replace(/\0.*$/s, '');
  }
  return undefined;
}

module.exports = { libc };
