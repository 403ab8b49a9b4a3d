'use strict';
// Reads V8's statistics about the heap of this thread. Only the thread itself can read them.

const v8 = require('node:v8');
const { isMainThread, threadId } = require('node:worker_threads');

/** Returns the part of the ledger that a space of V8 belongs to. */
function kindOf(space) {
  if (space.startsWith('new_')) return 'young';
  return space.startsWith('code_') ? 'code' : 'old';
}

/**
 * V8 counts the sources of Node's own modules as external strings, but they are data of the executable: 0.8 to 3.3 MB in each
 * isolate of Node 18 to 26, measured right after the start.
 */
const MAX_BUILTIN_SOURCES = 3_300_000;

/** Bytes of such sources, an estimate: the external memory at the first ledger, up to that limit. */
let builtinSources;

/**
 * Returns statistics of this thread's isolate, in bytes. Takes about 0.1 ms.
 *
 * `young`, `code` and `old` are spaces of V8's heap: `physical` is the memory that V8 estimates to be resident, `used` the objects
 * in it. `malloced` is V8's own memory outside the heap, for compilers and parsers.
 */
function statisticsHere() {
  const heap = v8.getHeapStatistics();
  const spaces = { young: empty(), code: empty(), old: empty() };
  for (const space of v8.getHeapSpaceStatistics()) {
    const sums = spaces[kindOf(space.space_name)];
    sums.used += space.space_used_size;
    sums.physical += space.physical_space_size;
  }
  const { arrayBuffers, external } = process.memoryUsage();
  builtinSources ??= Math.min(MAX_BUILTIN_SOURCES, Math.max(0, external - arrayBuffers));
  return {
    threadId,
    isMainThread,
    ...spaces,
    heapUsed: heap.used_heap_size,
    heapTotal: heap.total_heap_size,
    heapLimit: heap.heap_size_limit,
    malloced: heap.malloced_memory,
    external,
    builtinSources,
    arrayBuffers,
    contexts: heap.number_of_native_contexts,
    detachedContexts: heap.number_of_detached_contexts,
  };
}

const empty = () => ({ used: 0, physical: 0 });

module.exports = { statisticsHere };
