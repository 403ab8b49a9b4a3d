'use strict';
// Constructed heap images: a valid hash over records that no process writes. See crates/image/src/lib.rs.

const crypto = require('node:crypto');

const CODE = 0x40_0000n;
const STACK = 0x7000_0000n;
const PAGE = 0x1000n;
const OUTPUT = 9n;

const KINDS = { map: 1n, data: 2n, protect: 3n, break: 4n, start: 5n };

function words(...values) {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), i * 8));
  return bytes;
}

/** Returns one record, with its content if it is data. */
function record(kind, args, content = Buffer.alloc(0)) {
  return Buffer.concat([words(KINDS[kind], ...args, ...Array(5 - args.length).fill(0)), content]);
}

/** Returns `bytes` as a zstd frame without compression. */
function frame(bytes) {
  const blocks = [];
  for (let at = 0; at < bytes.length || at === 0; at += 0x10000) {
    const block = bytes.subarray(at, at + 0x10000);
    const isLast = at + 0x10000 >= bytes.length ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | isLast, 0, 3);
    blocks.push(head, block);
  }
  // No checksum, and a window of 128 kB.
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), ...blocks]);
}

/** Returns an image of these records for a machine without any features. */
function image(records, header = {}) {
  const raw = Buffer.concat(records);
  const text = Buffer.from(
    JSON.stringify({
      architecture: 'x86_64',
      pageSize: 4096,
      kernel: '',
      features: [],
      protectionKeys: 0,
      files: {},
      facts: {},
      ...header,
    }),
  );
  const prefix = Buffer.from('HEAPIMG\x1a\x01\0\0\0\0\0\0\0', 'latin1');
  prefix.writeUInt32LE(text.length, 12);
  const body = Buffer.concat([prefix, text, frame(raw)]);
  const end = Buffer.concat([Buffer.from('HEAPEND\x1a', 'latin1'), words(records.length, raw.length, body.length + 64)]);
  const hash = crypto.createHash('sha256').update(body).update(end).digest();
  return Buffer.concat([body, end, hash]);
}

/** Returns an image that runs the machine code `code` with `data` at the address `DATA`. */
function programImage(code, data, header) {
  return image(
    [
      record('map', [CODE, PAGE]),
      record('map', [STACK, 4n * PAGE]),
      record('data', [CODE, code.length], code),
      record('data', [STACK + PAGE, data.length], data),
      record('protect', [CODE, PAGE, 5]),
      record('start', [STACK + 0x800n, CODE, STACK, 0x037f_0000_1f80n, OUTPUT]),
    ],
    header,
  );
}

const REGISTERS = [
  [0x48, 0xb8], // rax
  [0x48, 0xbf], // rdi
  [0x48, 0xbe], // rsi
  [0x48, 0xba], // rdx
  [0x49, 0xba], // r10
];

/** Returns the machine code of a system call: number and up to four arguments. */
function call(...values) {
  const loads = values.map((value, i) => Buffer.concat([Buffer.from(REGISTERS[i]), words(value)]));
  return Buffer.concat([...loads, Buffer.from([0x0f, 0x05])]);
}

/** Returns machine code that ends the process unless the last call has failed. */
function mustHaveFailed() {
  const end = call(231, 1);
  // test rax, rax; js over the end
  return Buffer.concat([Buffer.from([0x48, 0x85, 0xc0, 0x78, end.length]), end]);
}

module.exports = { CODE, DATA: STACK + PAGE, OUTPUT, PAGE, STACK, call, image, mustHaveFailed, programImage, record };
