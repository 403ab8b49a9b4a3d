'use strict';
// Damaged and malicious heap images: restoring them fails with a code, and has no other effect.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const images = require('./support/image.js');
const { partials, temporary } = require('./support/temporary.js');

const heapdump = require('..');

const { available, reason } = heapdump.capabilities().image;
const IMAGES = { timeout: 180_000, skip: available ? false : reason };

/** `HEAPDUMP_TEST_MUTATIONS=2000` for a long run. */
const MUTATIONS = Number(process.env.HEAPDUMP_TEST_MUTATIONS ?? 200);

const SNAPSHOT = Buffer.from(
  JSON.stringify({
    snapshot: {
      meta: {
        node_fields: ['type', 'name', 'id', 'self_size', 'edge_count'],
        node_types: [['object']],
        edge_fields: ['type', 'name_or_index', 'to_node'],
        edge_types: [['weak']],
      },
      node_count: 0,
      edge_count: 0,
    },
    nodes: [],
    edges: [],
    strings: [],
  }),
);

const { DATA, OUTPUT, call, mustHaveFailed, programImage } = images;
const [WRITE, EXIT_GROUP] = [1, 231];

/** Returns machine code that tries `calls`, exits with 1 if one succeeds, and otherwise writes a complete snapshot. */
function programOf(calls) {
  const attempts = calls.map((values) => Buffer.concat([call(...values), mustHaveFailed()]));
  return Buffer.concat([...attempts, call(WRITE, OUTPUT, DATA, SNAPSHOT.length), call(EXIT_GROUP, 0)]);
}

/** Restores an image of these bytes. */
async function restored(directory, bytes) {
  const image = path.join(directory, 'a.heapimage');
  fs.writeFileSync(image, bytes);
  try {
    return await heapdump.restore(image, { overwrite: true });
  } finally {
    assert.deepEqual(partials(directory), []);
  }
}

function refuses(directory, bytes, expected) {
  return assert.rejects(restored(directory, bytes), expected).then(() => {
    assert.ok(!fs.existsSync(path.join(directory, 'a.heapsnapshot')));
  });
}

test('a program that writes a snapshot is restored', IMAGES, async (t) => {
  const { path: file } = await restored(temporary(t), programImage(programOf([]), SNAPSHOT));
  assert.ok(fs.readFileSync(file).equals(SNAPSHOT));
});

test("a stranger's program cannot open a file or a socket, or start a process", IMAGES, async (t) => {
  const directory = temporary(t);
  const marker = Buffer.from(`${path.join(directory, 'marker')}\0`);
  const name = DATA + BigInt(SNAPSHOT.length);
  const [O_RDONLY, O_CREATE] = [0, 0o101];
  const forbidden = [
    [2, name, O_CREATE, 0o600], // open
    [2, name, O_RDONLY],
    [257, -100, name, O_CREATE, 0o600], // openat
    [437, -100, name, DATA, 24], // openat2
    [85, name, 0o600], // creat
    [83, name, 0o700], // mkdir
    [41, 1, 1, 0], // socket: unix, stream
    [41, 2, 1, 0], // inet
    [53, 1, 1, 0, DATA], // socketpair
    [22, DATA], // pipe
    [319, name, 0], // memfd_create
    [32, OUTPUT], // dup
    [57], // fork
    [58], // vfork
    [56, 17, 0, 0, 0], // clone
    [435, DATA, 64], // clone3
    [59, name, 0, 0], // execve
    [322, -100, name, 0, 0], // execveat
    [62, process.pid, 0], // kill
    [234, process.pid, process.pid, 0], // tgkill
    [101, 16, process.pid, 0, 0], // ptrace
    [310, process.pid, DATA, 1, DATA], // process_vm_readv
    [157, 15, name], // prctl
    [317, 0, 0, 0], // seccomp
    [321, 0, DATA, 8], // bpf
    [425, 8, DATA], // io_uring_setup
    [1, 0, DATA, 1], // write to other descriptors
    [1, 2, DATA, 1],
    [0, OUTPUT, DATA, 1], // read
    [0x4000_0000 + 2, name, O_CREATE, 0o600], // open, as x32 calls it
  ];
  await restored(directory, programImage(programOf(forbidden), Buffer.concat([SNAPSHOT, marker])));
  assert.ok(!fs.existsSync(path.join(directory, 'marker')));
});

test('the program above ends early if a call succeeds', IMAGES, async (t) => {
  const GETPID = [39];
  await refuses(temporary(t), programImage(programOf([GETPID]), SNAPSHOT), { code: 'ERR_HEAPDUMP_CHILD' });
});

test('a program that crashes, writes nonsense, or writes too little is an error', IMAGES, async (t) => {
  const directory = temporary(t);
  const code = { code: 'ERR_HEAPDUMP_CHILD' };
  await refuses(directory, programImage(Buffer.from([0x0f, 0x0b]), SNAPSHOT), { ...code, message: /ended by signal 4/ });
  await refuses(directory, programImage(programOf([]), Buffer.alloc(SNAPSHOT.length, 'x')), code);
  const short = Buffer.concat([call(WRITE, OUTPUT, DATA, SNAPSHOT.length - 5), call(EXIT_GROUP, 0)]);
  await refuses(directory, programImage(short, SNAPSHOT), code);
});

test('a program that does not end is ended', IMAGES, async (t) => {
  const directory = temporary(t);
  const image = path.join(directory, 'a.heapimage');
  fs.writeFileSync(image, programImage(Buffer.from([0xeb, 0xfe]), SNAPSHOT)); // jmp self
  await assert.rejects(heapdump.restore(image, { deadlineMs: 300 }), { code: 'ERR_HEAPDUMP_DEADLINE' });
  assert.deepEqual(partials(directory), []);
});

test('an image for another machine names what is missing', IMAGES, async (t) => {
  const directory = temporary(t);
  const cases = [
    [{ features: ['avx9000'] }, /lacks avx9000/],
    [{ architecture: 'aarch64' }, /aarch64/],
    [{ pageSize: 16384 }, /16384 bytes/],
  ];
  for (const [header, message] of cases) {
    await refuses(directory, programImage(programOf([]), SNAPSHOT, header), { code: 'ERR_HEAPDUMP_UNSUPPORTED', message });
  }
});

test('a file that is no image, or is not there', IMAGES, async (t) => {
  const directory = temporary(t);
  await refuses(directory, SNAPSHOT, { code: 'ERR_HEAPDUMP_BAD_IMAGE', message: /not a heap image/ });
  await refuses(directory, Buffer.alloc(0), { code: 'ERR_HEAPDUMP_BAD_IMAGE' });
  await assert.rejects(heapdump.restore(path.join(directory, 'none.heapimage')), { code: 'ENOENT' });
});

/** Numbers that look random, the same in each run. */
function* numbers(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** The errors that a damaged image may cause. */
const DAMAGE = ['ERR_HEAPDUMP_BAD_IMAGE', 'ERR_HEAPDUMP_UNSUPPORTED'];

test(`${MUTATIONS} bit flips and cuts of an image`, { ...IMAGES, timeout: 900_000 }, async (t) => {
  const directory = temporary(t);
  const whole = programImage(programOf([]), SNAPSHOT);
  const random = numbers(1);
  for (let i = 0; i < MUTATIONS; i++) {
    const at = Math.floor(random.next().value * whole.length);
    const bit = Math.floor(random.next().value * 8);
    const bytes = Buffer.from(i % 4 === 0 ? whole.subarray(0, at) : whole);
    if (i % 4 !== 0) bytes[at] ^= 1 << bit;
    await refuses(directory, bytes, ({ code }) => DAMAGE.includes(code));
  }
});

test(`${MUTATIONS} images of wrong records with a hash that is right`, { ...IMAGES, timeout: 900_000 }, async (t) => {
  const directory = temporary(t);
  const { CODE, PAGE, STACK, image, record } = images;
  const program = programOf([]);
  const random = numbers(2);
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const records = [
      record('map', [CODE, PAGE]),
      record('map', [STACK, 4n * PAGE]),
      record('data', [CODE, program.length], program),
      record('data', [DATA, SNAPSHOT.length], SNAPSHOT),
      record('protect', [CODE, PAGE, 5]),
      record('break', [STACK + 8n * PAGE, PAGE]),
      record('start', [STACK + 0x800n, CODE, STACK, 0x037f_0000_1f80n, OUTPUT]),
    ];
    // One bit of the fixed part of one record.
    const chosen = Buffer.from(records[i % records.length]);
    chosen[Math.floor(random.next().value * 48)] ^= 1 << Math.floor(random.next().value * 8);
    records[i % records.length] = chosen;
    const bytes = image(records);
    try {
      const { path: file } = await restored(directory, bytes);
      // The bit did not matter.
      assert.ok(fs.readFileSync(file).equals(SNAPSHOT));
      fs.unlinkSync(file);
    } catch (error) {
      assert.ok([...DAMAGE, 'ERR_HEAPDUMP_CHILD'].includes(error.code), error.stack);
      assert.ok(!fs.existsSync(path.join(directory, 'a.heapsnapshot')));
      refused += 1;
    }
  }
  assert.ok(refused > MUTATIONS / 2, `${refused} of ${MUTATIONS}`);
});
