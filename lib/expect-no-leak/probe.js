'use strict';
// A cheap first pass: measures the size of the heap over rounds of calls. A snapshot costs ten to a hundred times as much.
//
// A leak of at least `tolerance` objects per call enlarges the heap in every round. A function that leaves the heap as large as
// before leaks nothing. Only an equal size proves it: other code that frees memory during a round, such as V8 when it drops
// compiled code, could hide a leak.

const v8 = require('node:v8');
const { ELEMENT_BYTES } = require('./growth.js');
const { pendingAtMost, settle } = require('./settle.js');

/** Maximum number of rounds. Each has as many calls as all rounds before, so that one-time growth counts less and less. */
const MAX_ROUNDS = 7;

/** Time limit for the calls of all rounds, in milliseconds, without the garbage collections between them. */
const CALLS_MS = 300;

/** Growth of the heap, in bytes, that ends the pass. */
const MAX_GROWTH_BYTES = 1 << 20;

/** Number of rounds with similar growth per call after which a leak is so likely that the snapshots need no longer rounds. */
const ALIKE_ROUNDS = 3;

/** Timeout, in milliseconds, for timers and requests of a round. */
const PENDING_MS = 100;

/**
 * Returns the size of the live objects after a full garbage collection, in bytes; `undefined` if V8 does not report it.
 *
 * The size that V8 records at the end of the collection is exact. Sizes requested later are not, in Node 18 and 20: they include
 * memory reserved for the next objects.
 */
async function liveBytes() {
  // The second collection frees what finalizers release.
  await settle();
  const profiler = new v8.GCProfiler();
  profiler.start();
  let statistics;
  try {
    await settle();
  } finally {
    statistics = profiler.stop()?.statistics;
  }
  const full = statistics?.filter(({ gcType }) => gcType === 'MarkSweepCompact').at(-1);
  return full?.afterGC.heapStatistics.usedHeapSize;
}

/**
 * Calls the function in rounds until one leaves the heap as large as before.
 *
 * @param {(count: number) => Promise<void>} repeat calls the function so often
 * @param {{warmup: number, iterations: number, tolerance: number, pending: number}} options `warmup`: calls so far;
 *   `pending`: resources that were in use before
 * @returns {Promise<{isHealthy: boolean, calls: number}>} `isHealthy`: whether the function is proven to leak nothing;
 *   `calls`: their number, including the warm-up
 */
async function probe(repeat, { warmup, iterations, tolerance, pending }) {
  let calls = warmup;
  const first = v8.GCProfiler && (await liveBytes());
  if (first === undefined) return { isHealthy: false, calls };
  let before = first;
  let callsMs = 0;
  const rates = [];
  for (let round = 0; round < MAX_ROUNDS && callsMs * 2 <= CALLS_MS && before - first <= MAX_GROWTH_BYTES; round++) {
    const count = Math.max(iterations, calls);
    const begin = performance.now();
    await repeat(count);
    callsMs += performance.now() - begin;
    calls += count;
    await pendingAtMost(pending, PENDING_MS);
    const after = await liveBytes();
    // A call of a leaking function adds at least half the size of an element of a collection.
    if (Math.abs(after - before) <= (tolerance * count * ELEMENT_BYTES) / 2) return { isHealthy: true, calls };
    rates.push((after - before) / count);
    if (areAlike(rates.slice(-ALIKE_ROUNDS))) break;
    before = after;
  }
  return { isHealthy: false, calls };
}

/** Returns whether there are enough rates, and they differ by a fifth at most. */
function areAlike(rates) {
  return rates.length === ALIKE_ROUNDS && Math.min(...rates) > 0.8 * Math.max(...rates);
}

module.exports = { probe };
