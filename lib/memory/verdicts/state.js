'use strict';
// Findings about a single ledger: memory that is free but not returned to the kernel, and numbers that mislead.

const { residentOf } = require('../change.js');
const { sum } = require('../parts.js');

/** Minimum of free memory in malloc, and of its share of RSS. */
const MIN_FREE_BYTES = 16 << 20;
const MIN_FREE_SHARE = 0.15;
/** With more arenas than this, a limit on their number helps. */
const MANY_ARENAS = 8;
/** Minimum of free space in V8's pages, and of its share of the old space. */
const MIN_FRAGMENTED_BYTES = 32 << 20;
const MIN_FRAGMENTED_SHARE = 0.3;
/** Minimum size of a young generation. V8's defaults result in up to 48 MB on 64 bits. */
const MIN_YOUNG_BYTES = 64 << 20;
/** Minimum of page cache, and of its share of the memory that the container is charged for. */
const MIN_CACHE_BYTES = 64 << 20;
const MIN_CACHE_SHARE = 0.4;

const isLarge = (bytes, minBytes, of, minShare) => bytes >= minBytes && bytes >= of * minShare;

function mallocKeeps({ malloc, rss, trimmed }) {
  const { free, arenas } = malloc;
  // `free` was measured before malloc_trim(), and includes the bytes that it returned.
  if (free === null || !isLarge(free, MIN_FREE_BYTES, rss, MIN_FREE_SHARE)) return undefined;
  const isSpread = arenas.length > MANY_ARENAS && arenas.filter(({ number }) => number > 0).some((arena) => arena.free > 0);
  const isTried = typeof trimmed === 'number';
  return {
    kind: 'malloc-free',
    severity: 'waste',
    confidence: 0.9,
    bytes: free,
    args: { free, rss, arenas: arenas.length, ...(isTried && { trimmed }) },
    evidence: isTried ? ['trimmed'] : [],
    fix: isSpread ? 'fix-arenas' : isTried && trimmed < free / 2 ? 'fix-pinned' : 'fix',
  };
}

function fragmentation({ isolates, parts }) {
  const free = residentOf({ parts }, 'v8-free');
  const committed = sum(isolates.map(({ old }) => old.physical));
  if (!isLarge(free, MIN_FRAGMENTED_BYTES, committed, MIN_FRAGMENTED_SHARE)) return undefined;
  return {
    kind: 'heap-fragmentation',
    severity: 'waste',
    confidence: 0.7,
    bytes: free,
    args: { free, committed, live: sum(isolates.map(({ old }) => old.used)) },
  };
}

function semiSpaces({ parts, isolates, rss }) {
  const young = residentOf({ parts }, 'v8-young');
  if (!isLarge(young, MIN_YOUNG_BYTES * Math.max(1, isolates.length), rss, 0.1)) return undefined;
  return { kind: 'semi-spaces', severity: 'waste', confidence: 0.8, bytes: young, args: { young, threads: isolates.length } };
}

function pageCache({ container, rss }) {
  if (typeof container?.file !== 'number') return undefined;
  const cache = container.file - (container.shared ?? 0);
  if (!isLarge(cache, MIN_CACHE_BYTES, container.current, MIN_CACHE_SHARE) || container.current <= rss) return undefined;
  return {
    kind: 'page-cache',
    severity: 'waste',
    confidence: 0.9,
    bytes: cache,
    args: { cache, current: container.current, rss },
  };
}

/** @param {object} ledger the last one */
function state(ledgers) {
  const ledger = ledgers.at(-1);
  return [mallocKeeps, fragmentation, semiSpaces, pageCache].map((rule) => rule(ledger)).filter(Boolean);
}

module.exports = { state };
