// Where the functions that allocated the objects of snapshots are known from. Not a part of the API: the page uses it.
// allocation-sources.js has the comments.

export type AllocationSource = 'profile' | 'stacks';

export function allocationSources(
  known: readonly { profile?: { startedAt: string | null }; hasStacks?: boolean }[],
): { from: AllocationSource; bases: number[] }[];
