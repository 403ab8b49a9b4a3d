'use strict';
// Programs whose memory grows outside the heap, and healthy ones that look like them. `step` is a round of work; `kinds` are the
// verdicts that three ledgers, each after a round, must give apart from waste.

const fs = require('node:fs');
const { once } = require('node:events');
const zlib = require('node:zlib');
const { Worker } = require('node:worker_threads');
const { HOW } = require('./addon.js');

const MB = 1 << 20;
const kept = [];

/** Retains `count` results of `make`. */
const keep = (count, make) => {
  for (let i = 0; i < count; i++) kept.push(make());
};

const idle = () => new Worker('setInterval(() => {}, 1 << 30)', { eval: true });
const native = (how, bytes) => require(process.env.NATIVE_ADDON)(how, bytes);

async function inflated() {
  const stream = zlib.createDeflate({ level: 9, memLevel: 9 });
  stream.write(Buffer.alloc(1000, 1));
  stream.flush();
  await once(stream, 'readable');
  return stream;
}

const PROGRAMS = {
  'large-buffers': { kinds: ['buffer-growth'], step: () => keep(8, () => Buffer.alloc(2 * MB, 1)) },
  'small-buffers': { kinds: ['buffer-growth'], step: () => keep(16000, () => Buffer.alloc(1000, 1)) },
  'shared-buffers': {
    kinds: ['buffer-growth'],
    step: () => keep(8, () => new Uint8Array(new SharedArrayBuffer(2 * MB)).fill(1)),
  },
  'external-strings': { kinds: ['external-growth'], step: () => keep(8, () => Buffer.alloc(2 * MB, 'a').toString('latin1')) },
  // Node does not count the allocations of zlib.
  'zlib-streams': {
    kinds: ['native-growth'],
    async step() {
      for (let i = 0; i < 60; i++) kept.push(await inflated());
    },
  },
  wasm: {
    kinds: ['wasm-growth'],
    step() {
      const memory = new WebAssembly.Memory({ initial: 256 });
      new Uint8Array(memory.buffer).fill(1);
      kept.push(memory);
    },
  },
  workers: {
    kinds: ['thread-growth'],
    async step() {
      keep(4, idle);
      await Promise.all(kept.slice(-4).map((worker) => once(worker, 'online')));
    },
  },
  descriptors: { kinds: ['descriptor-growth'], step: () => keep(100, () => fs.openSync('/dev/null')) },
  'native-malloc': { kinds: ['native-growth'], needs: 'addon', step: () => keep(1000, () => native(HOW.malloc, 16 << 10)) },
  'native-mmap': { kinds: ['mapped-growth'], needs: 'addon', step: () => keep(8, () => native(HOW.mmap, 2 * MB)) },
  'native-shared': { kinds: ['shared-memory-growth'], needs: 'addon', step: () => keep(8, () => native(HOW.shared, 2 * MB)) },

  'healthy-buffers': { kinds: [], step: () => void Array.from({ length: 8 }, () => Buffer.alloc(2 * MB, 1)) },
  'healthy-ring': {
    kinds: [],
    step() {
      keep(8, () => Buffer.alloc(2 * MB, 1));
      kept.splice(0, kept.length - 8);
    },
  },
  'healthy-workers': {
    kinds: [],
    async step() {
      const workers = Array.from({ length: 4 }, idle);
      await Promise.all(workers.map((worker) => once(worker, 'online')));
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  },
  'healthy-zlib': {
    kinds: [],
    async step() {
      for (let i = 0; i < 60; i++) (await inflated()).destroy();
    },
  },
  'healthy-descriptors': {
    kinds: [],
    step() {
      for (let i = 0; i < 100; i++) fs.closeSync(fs.openSync('/dev/null'));
    },
  },
};

module.exports = { PROGRAMS };
