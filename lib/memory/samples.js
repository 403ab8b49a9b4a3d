'use strict';
// Samples ledgers over a day: one per minute, in a ring of fixed size.

const { buffersOf, liveOf, residentOf } = require('./change.js');
const { take } = require('./index.js');
const { judge } = require('./verdicts/index.js');

const INTERVAL_MS = 60_000;
/** The samples of a day. */
const MAX_SAMPLES = 1440;

/** The owners that have a column in a sample. All stacks are one owner, and so are all libraries, files and so on. */
const OWNERS = [
  'v8-live',
  'v8-young',
  'v8-code',
  'v8-free',
  'v8-other',
  'v8-wasm',
  'array-buffers',
  'external',
  'v8-malloc',
  'malloc',
  'malloc-free',
  'stack',
  'binary',
  'library',
  'addon',
  'file',
  'shared-memory',
  'io-uring',
  'named',
  'kernel',
  'anonymous',
];

/** The other columns of a sample. `NaN` stands for an unknown value. */
const OTHERS = {
  at: (ledger) => Date.parse(ledger.at),
  rss: (ledger) => ledger.rss,
  unexplained: (ledger) => ledger.unexplained,
  threads: ({ counts }) => counts.threads,
  mappings: ({ counts }) => counts.mappings,
  descriptors: ({ counts }) => counts.descriptors,
  mallocFree: ({ malloc }) => malloc.free,
  heapUsed: liveOf,
  arrayBuffers: buffersOf,
};

const NAMES = Object.keys(OTHERS);
const COLUMNS = NAMES.length + OWNERS.length;

/** The samples of the active watch of this thread. */
let active;

/** A day of samples takes about 350 kB, outside V8's heap. */
class Samples {
  #ring;
  #capacity;
  #count = 0;
  #timer;
  #isTaking = false;

  constructor({ capacity = MAX_SAMPLES } = {}) {
    this.#capacity = capacity;
    this.#ring = new Float64Array(capacity * COLUMNS);
  }

  /** Takes a sample now, and one in every interval. Does not keep the process alive. */
  start() {
    active = this;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS).unref();
  }

  stop() {
    if (active === this) active = undefined;
    clearInterval(this.#timer);
  }

  async #sample() {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      this.add(await take());
    } catch {
      // The kernel may not allow a process to read its own memory. Then there are no samples.
    } finally {
      this.#isTaking = false;
    }
  }

  /** Adds a ledger. A full ring drops the oldest one. */
  add(ledger) {
    const start = (this.#count % this.#capacity) * COLUMNS;
    NAMES.forEach((name, at) => {
      this.#ring[start + at] = OTHERS[name](ledger) ?? NaN;
    });
    OWNERS.forEach((owner, at) => {
      this.#ring[start + NAMES.length + at] = residentOf(ledger, owner);
    });
    this.#count += 1;
  }

  /** Returns the samples, oldest first. */
  list() {
    const length = Math.min(this.#count, this.#capacity);
    return Array.from({ length }, (_, at) => this.#read(((this.#count - length + at) % this.#capacity) * COLUMNS));
  }

  #read(start) {
    const value = (at) => (Number.isNaN(this.#ring[start + at]) ? null : this.#ring[start + at]);
    const others = Object.fromEntries(NAMES.map((name, at) => [name, value(at)]));
    const owners = OWNERS.map((owner, at) => [owner, value(NAMES.length + at)]).filter(([, bytes]) => bytes > 0);
    return { ...others, at: new Date(others.at).toISOString(), owners: Object.fromEntries(owners) };
  }

  /** Returns the samples, and verdicts about them. */
  history() {
    const samples = this.list();
    return { samples, verdicts: samples.length > 0 ? judge(lowest(samples).map(toLedger)) : [] };
  }
}

/** Returns the sample with the lowest RSS of each third of the time, which excludes garbage and peaks. */
function lowest(samples) {
  if (samples.length < 3) return samples;
  const third = Math.ceil(samples.length / 3);
  return [0, third, 2 * third]
    .map((start) => samples.slice(start, start + third))
    .filter((part) => part.length > 0)
    .map((part) => part.reduce((lowest, one) => (one.rss < lowest.rss ? one : lowest)));
}

/** Returns a sample in the form of a ledger, with the fields that verdicts read. */
function toLedger({ at, rss, unexplained, owners, threads, mappings, descriptors, mallocFree, heapUsed, arrayBuffers }) {
  const old = { used: owners['v8-live'] ?? 0, physical: (owners['v8-live'] ?? 0) + (owners['v8-free'] ?? 0) };
  return {
    at,
    pid: process.pid,
    node: process.version,
    rss,
    unexplained,
    parts: Object.entries(owners).map(([owner, resident]) => ({ owner, resident })),
    counts: { threads, mappings, descriptors },
    malloc: { free: mallocFree, arenas: [] },
    isolates: [{ heapUsed, arrayBuffers, old }],
    container: null,
  };
}

/** Returns the samples of the active watch of this thread, oldest first; `undefined` if there is no watch. */
const samplesOfWatch = () => active?.list();

module.exports = { OWNERS, Samples, samplesOfWatch };
