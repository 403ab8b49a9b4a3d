'use strict';
// Where the functions that allocated the objects of snapshots are known from, and which snapshots can be compared by them. Does not need
// Node.

/** An allocation profile beside the snapshot, which is sampled; allocation stacks in the snapshot, which are exact. */
const SOURCES = ['profile', 'stacks'];

/**
 * Facts about the allocations of a snapshot.
 * @typedef {{profile?: {startedAt: string|null}, hasStacks?: boolean}} Known
 */

/** Returns whether two snapshots can be compared. Samples have numbers that only one start() of a profiler gives. */
const COMPARABLE = {
  profile: (a, b) => a.profile.startedAt !== null && a.profile.startedAt === b.profile?.startedAt,
  stacks: (_, b) => b.hasStacks === true,
};

/**
 * Returns the sources of the last snapshot, each with the indices of the earlier snapshots that it can be compared with.
 *
 * @param {readonly Known[]} known of the snapshots, oldest first
 * @returns {{from: 'profile'|'stacks', bases: number[]}[]}
 */
function allocationSources(known) {
  const last = known[known.length - 1];
  const earlier = known.slice(0, -1).map((_, at) => at);
  return SOURCES.filter((from) => (from === 'profile' ? last.profile : last.hasStacks)).map((from) => ({
    from,
    bases: earlier.filter((at) => COMPARABLE[from](last, known[at])),
  }));
}

module.exports = { SOURCES, allocationSources };
