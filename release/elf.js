'use strict';
// Reads what a shared object of 64 bits asks of its loader: the processor, libraries and versions of symbols.
// Structures and numbers: the System V ABI, and the LSB for versions of symbols.

const fs = require('node:fs');

/** `e_machine`, as Node names processors. */
const MACHINES = { 62: 'x64', 183: 'arm64' };

/** Types of sections. */
const DYNAMIC = 6;
const VERSION_NEEDS = 0x6ffffffe;

/** The tag of an entry of the dynamic section that names a library. */
const NEEDED = 1;

/** Size of a section header. */
const SECTION_HEADER_BYTES = 64;
const DYNAMIC_ENTRY_BYTES = 16;

/** Returns the section headers of a file. */
function sectionsOf(bytes) {
  const [start, size, count] = [Number(bytes.readBigUInt64LE(40)), bytes.readUInt16LE(58), bytes.readUInt16LE(60)];
  if (size !== SECTION_HEADER_BYTES) throw new Error(`section headers of ${size} bytes`);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40), // of a table with names: the section of its strings
      entries: bytes.readUInt32LE(at + 44),
    };
  });
}

/** Returns the NUL-terminated string at an offset of a section of strings. */
function stringAt(bytes, strings, offset) {
  const start = strings.offset + offset;
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}

/** Returns the names of the libraries that the dynamic section needs. */
function neededIn(bytes, section, strings) {
  const names = [];
  for (let at = section.offset; at < section.offset + section.size; at += DYNAMIC_ENTRY_BYTES) {
    if (bytes.readBigInt64LE(at) === BigInt(NEEDED)) names.push(stringAt(bytes, strings, Number(bytes.readBigUInt64LE(at + 8))));
  }
  return names;
}

/** Returns the versions of symbols that are needed: a chain of libraries, each with a chain of versions. */
function versionsIn(bytes, section, strings) {
  const versions = [];
  let library = section.offset;
  for (let remaining = section.entries; remaining > 0; remaining--) {
    let version = library + bytes.readUInt32LE(library + 8);
    for (let count = bytes.readUInt16LE(library + 2); count > 0; count--) {
      versions.push(stringAt(bytes, strings, bytes.readUInt32LE(version + 8)));
      version += bytes.readUInt32LE(version + 12);
    }
    library += bytes.readUInt32LE(library + 12);
  }
  return versions;
}

/** Returns `{cpu, needed, versions}` of a file: `x64`, `['libc.so.6']`, `['GLIBC_2.17']`. */
function readElf(file) {
  const bytes = fs.readFileSync(file);
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error(`${file} is not a little-endian ELF file of 64 bits`);
  const sections = sectionsOf(bytes);
  const read = (type, reader) =>
    sections.filter((section) => section.type === type).flatMap((section) => reader(bytes, section, sections[section.link]));
  return { cpu: MACHINES[bytes.readUInt16LE(18)], needed: read(DYNAMIC, neededIn), versions: read(VERSION_NEEDS, versionsIn) };
}

/** Returns the highest of the versions of symbols that begin with `prefix_`, such as `2.17` for `GLIBC`; `undefined` if there is none. */
function highest(versions, prefix) {
  return versions
    .filter((version) => new RegExp(`^${prefix}_\\d`).test(version))
    .map((version) => version.slice(prefix.length + 1))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
}

module.exports = { highest, readElf };
