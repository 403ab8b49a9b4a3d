'use strict';
// A cheap first pass: measures the size of the heap over rounds of calls. A snapshot costs ten to a hundred times as much.
//
// A leak of at least `tolerance` objects a call makes the heap larger in every round. A function after whose round the
// heap has the same size as before keeps nothing. Only an equal size counts: what other code frees during a round, such as
// compiled code that is not used any more, could hide a leak.

const v8 = require('node:v8');
const { ELEMENT_BYTES } = require('./growth.js');
const { pendingAtMost, settle } = require('./settle.js');

/** Rounds of the pass. Each is as long as all calls before, so that one-time growth counts less and less. */
const MAX_ROUNDS = 7;

/** Time for the calls of all rounds, in milliseconds, without the garbage collections in between. */
const CALLS_MS = 300;

/** Growth of the heap, in bytes, that ends the pass. */
const MAX_GROWTH_BYTES = 1 << 20;

/** Rounds that grow alike a call, by which a leak is so likely that the snapshots need no larger one. */
const ALIKE_ROUNDS = 3;

/** How long the pass waits for timers and requests of a round, in milliseconds. */
const PENDING_MS = 100;

/**
 * Returns the size of the live objects after a full garbage collection, in bytes; `undefined` if V8 does not tell.
 *
 * The size that V8 notes at the end of the collection is exact. Later ones are not in Node 18 and 20: they count the
 * memory that is reserved for the next objects.
 */
async function liveBytes() {
  // What finalizers release is collected by the second one.
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
 * Calls the function in rounds until one leaves the heap as large as it was.
 *
 * @param {(count: number) => Promise<void>} repeat calls the function so often
 * @param {{warmup: number, iterations: number, tolerance: number, pending: number}} options `warmup`: calls so far;
 *   `pending`: resources that were in use before
 * @returns {Promise<{isHealthy: boolean, calls: number}>} `isHealthy`: whether the function is known to keep nothing;
 *   `calls`: how many there were, with the warm-up
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
    // Half of what an element of a collection takes is the least that a call of a leaking function adds.
    if (Math.abs(after - before) <= (tolerance * count * ELEMENT_BYTES) / 2) return { isHealthy: true, calls };
    rates.push((after - before) / count);
    if (areAlike(rates.slice(-ALIKE_ROUNDS))) break;
    before = after;
  }
  return { isHealthy: false, calls };
}

/** Whether there are enough rates, and they differ by a fifth at most. */
function areAlike(rates) {
  return rates.length === ALIKE_ROUNDS && Math.min(...rates) > 0.8 * Math.max(...rates);
}

module.exports = { probe };
