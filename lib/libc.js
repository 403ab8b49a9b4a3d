'use strict';
// Detects the C library that this Node was built for. An addon must be built for the same one.

const fs = require('node:fs');

/** `PT_INTERP`: the program header that names the loader. */
const INTERPRETER = 3;

/**
 * Returns `'glibc'` or `'musl'` on Linux; `undefined` if unknown. Reads the loader in the header of the executable, as the kernel
 * does. A diagnostic report of Node has the same information, but takes 20 ms.
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

/** Returns the path of the loader in the header of a little-endian `Elf64` file, the format of all supported platforms. */
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
