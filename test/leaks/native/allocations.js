'use strict';
// `node --expose-gc allocations.js [WORKERS]`: makes known allocations of each kind, and prints by how much each owner grew, beside
// so many workers that have loaded the package.

const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { memory } = require('../../../index.js');
const { HOW } = require('./addon.js');
const { requireRoom } = require('./heap-room.js');

const MB = 1 << 20;
const SIZE = 48 * MB;
const kept = [];
const times = (count, make) => Array.from({ length: count }, make);
const native = (how) => () => require(process.env.NATIVE_ADDON)(how, SIZE);
/** Small blocks, for which `malloc` uses an arena and not a mapping each. This size leaves no unused end in musl's. */
const BLOCK = 16_360;
const BLOCKS = 3000;
const inArena = () => times(BLOCKS, () => require(process.env.NATIVE_ADDON)(HOW.malloc, BLOCK));

/** Name -> owner, and a function that allocates; its result is retained. `bytes`: the resident size, if it is not SIZE. */
const WAYS = {
  objects: { owner: 'v8-live', make: () => times(600, () => new Array(10_000).fill(7)), bytes: 600 * (80_000 + 32) },
  'large objects': { owner: 'v8-live', make: () => times(6, () => new Array(MB).fill(7)) },
  'large Buffers': { owner: 'array-buffers', make: () => times(48, () => Buffer.alloc(MB, 1)) },
  'small Buffers': { owner: 'array-buffers', make: () => times(12_000, () => Buffer.alloc(4096, 1)), bytes: 12_000 * 4096 },
  'pooled Buffers': { owner: 'array-buffers', make: () => times(SIZE / 64, () => Buffer.from('x'.repeat(64))) },
  'untouched Buffers': { owner: 'array-buffers', make: () => Buffer.alloc(SIZE), bytes: 0 },
  wasm: {
    owner: 'v8-wasm',
    make() {
      const wasm = new WebAssembly.Memory({ initial: SIZE / 65536 });
      new Uint8Array(wasm.buffer).fill(1);
      return wasm;
    },
  },
  'external strings': { owner: 'external', make: () => times(24, () => Buffer.alloc(2 * MB, 'a').toString('latin1')) },
  'native malloc': { owner: 'malloc', needs: 'addon', make: native(HOW.malloc) },
  'native malloc of small blocks': { owner: 'malloc', needs: 'addon', make: inArena, bytes: BLOCKS * BLOCK },
  'native mmap': { owner: 'anonymous', needs: 'addon', make: native(HOW.mmap) },
  'native shared memory': { owner: 'shared-memory', needs: 'addon', make: native(HOW.shared) },
  // Must be last: Node counts them as ArrayBuffers, but V8 not as external memory, so `external` shrinks by as much and `malloc` grows.
  'SharedArrayBuffers': { owner: 'array-buffers', make: () => times(6, () => new Uint8Array(new SharedArrayBuffer(8 * MB)).fill(1)) },
};

async function settled() {
  for (let i = 0; i < 5; i++) {
    await turn();
    global.gc();
  }
  // The allocator may give memory back meanwhile, on a thread of its own.
  const before = process.memoryUsage.rss();
  const ledger = await memory();
  return { ...ledger, ofKernel: [before, process.memoryUsage.rss()] };
}

const of = ({ parts }, owner) => parts.filter((part) => part.owner === owner).reduce((sum, part) => sum + part.resident, 0);

async function startWorker() {
  const index = JSON.stringify(require.resolve('../../../index.js'));
  const source = `require(${index}); require('node:worker_threads').parentPort.postMessage('loaded'); setInterval(() => {}, 1 << 30)`;
  // 'online' is emitted before the source runs.
  await once(new Worker(source, { eval: true }), 'message');
}

/** musl does not say which mappings are its own: all anonymous memory counts as `malloc`. */
const ownerOn = (allocator, owner) => (allocator === 'musl' && owner === 'anonymous' ? 'malloc' : owner);

async function main() {
  requireRoom();
  await Promise.all(times(Number(process.argv[2] ?? 0), startWorker));
  await settled();
  const results = [];
  for (const [way, { owner: usual, make, needs, bytes = SIZE }] of Object.entries(WAYS)) {
    if (needs === 'addon' && !process.env.NATIVE_ADDON) continue;
    const before = await settled();
    const owner = ownerOn(before.malloc.allocator, usual);
    kept.push(make());
    const after = await settled();
    const gained = of(after, owner) - of(before, owner);
    const all = Object.fromEntries(after.parts.map((part) => [part.owner, of(after, part.owner) - of(before, part.owner)]));
    const { rss, unexplained, isolates, malloc, ofKernel } = after;
    const { allocator } = malloc;
    const owned = after.parts.reduce((sum, { resident }) => sum + resident, unexplained);
    results.push({ way, owner, bytes, gained, all, rss, owned, ofKernel, allocator, unexplained, isolateCount: isolates.length });
  }
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

main();
