'use strict';
// Samples of the ledger over a day: one a minute, in a ring of a fixed size.

const { buffersOf, liveOf, residentOf } = require('./change.js');
const { take } = require('./index.js');
const { judge } = require('./verdicts/index.js');

const INTERVAL_MS = 60_000;
/** A day. */
const MAX_SAMPLES = 1440;

/** The owners that a sample has a column for. Stacks, libraries and the like are not told apart by name. */
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

/** What a sample has beside owners; `NaN` stands for what is not known. */
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

  /** Takes a sample now and then one in every interval, as long as something else keeps the process alive. */
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
      // The kernel may refuse to show a process to itself; then there are no samples.
    } finally {
      this.#isTaking = false;
    }
  }

  /** Adds a ledger; the oldest one goes when the ring is full. */
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

  /** The samples, oldest first. */
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

  /** The samples, and what they mean. */
  history() {
    const samples = this.list();
    return { samples, verdicts: samples.length > 0 ? judge(lowest(samples).map(toLedger)) : [] };
  }
}

/** Of each third of the time the sample with the lowest RSS: what was garbage and peaks falls out. */
function lowest(samples) {
  if (samples.length < 3) return samples;
  const third = Math.ceil(samples.length / 3);
  return [0, third, 2 * third]
    .map((start) => samples.slice(start, start + third))
    .filter((part) => part.length > 0)
    .map((part) => part.reduce((least, one) => (one.rss < least.rss ? one : least)));
}

/** A sample in the form that verdicts are about. */
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
