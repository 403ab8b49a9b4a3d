'use strict';
// Says whether memory grew on the heap or outside of it: RSS of the process before each dump, against the heap in the snapshots.

const { bytes } = require('../../text.js');

/** RSS of a process that does not grow varies by less than this many bytes, as for the conclusion (crates/findings). */
const MIN_GROWTH_BYTES = 10 << 20;

/** The first dump of a process makes V8 keep a table of ids: it is not compared if there are as many snapshots as this. */
const MIN_COUNT_WITHOUT_FIRST = 3;

/**
 * RSS of the process in bytes before a dump and after it.
 * @typedef {{before?: number, after?: number}} DumpRss
 */

/**
 * @typedef {object} MemoryGrowth
 * @property {'heap'|'outside'|'none'} growth where most of the growth of RSS is
 * @property {{before: number, after: number, byDumps: number}} rss bytes before the first dump that is compared and before the last,
 *   and the part of the growth that came during dumps: V8's table of ids grows with the number of objects
 * @property {{before: number, after: number}} heap bytes of the JavaScript heap in these snapshots
 */

/**
 * @param {DumpRss[]} rss of each dump, oldest first
 * @param {number[]} heap of each snapshot
 * @returns {MemoryGrowth|undefined} `undefined` if RSS is not known, or with one snapshot
 */
function memoryGrowth(rss, heap) {
  const last = heap.length - 1;
  const first = heap.length >= MIN_COUNT_WITHOUT_FIRST ? 1 : 0;
  const [before, after] = [rss[first]?.before, rss[last]?.before];
  if (last < 1 || before === undefined || after === undefined) return undefined;
  const duringDumps = rss.slice(first, last).map((dump) => (dump.after ?? dump.before) - dump.before || 0);
  const byDumps = Math.max(
    0,
    duringDumps.reduce((sum, one) => sum + one, 0),
  );
  return {
    growth: placeOf(after - before, byDumps, heap[last] - heap[first]),
    rss: { before, after, byDumps },
    heap: { before: heap[first], after: heap[last] },
  };
}

/** Memory that a dump left behind may hold what the program allocates later: a heap that explains all growth is asked first. */
function placeOf(grown, byDumps, ofHeap) {
  const ofProgram = grown - byDumps;
  if (grown < MIN_GROWTH_BYTES) return 'none';
  if (ofHeap >= grown / 2) return 'heap';
  if (ofProgram < MIN_GROWTH_BYTES) return 'none';
  return ofHeap >= ofProgram / 2 ? 'heap' : 'outside';
}

const fromTo = ({ before, after }) => `from ${bytes(before)} to ${bytes(after)}`;
const change = ({ before, after }) => {
  if (after === before) return 'did not change';
  return `${after > before ? 'grew' : 'shrank'} by ${bytes(Math.abs(after - before))}`;
};

/**
 * Returns one line about it.
 * @param {MemoryGrowth} memory
 * @param {number} [pid]
 */
function growthLine({ growth, rss, heap }, pid = 'PID') {
  const grew = `RSS grew ${fromTo(rss)}${rss.byDumps > 0 ? ` (${bytes(rss.byDumps)} of it by the dumps)` : ''}`;
  switch (growth) {
    case 'heap':
      return `${grew}, and the heap ${change(heap)}: the growth is on the heap.`;
    case 'outside':
      return `${grew}, but the heap ${change(heap)}: most of the growth is outside of the heap. See: npx heapdump-rs memory ${pid} --watch`;
    default:
      return `RSS did not grow (${fromTo(rss)}${rss.byDumps > 0 ? `, ${bytes(rss.byDumps)} of it by the dumps` : ''}); the heap ${change(heap)}.`;
  }
}

module.exports = { growthLine, memoryGrowth };
