'use strict';
// Reads the ledgers of a sidecar, for the page: whose the memory of the process was before the dump, after it, and over the last day.

/** Maximum number of samples: more are not seen in a chart. */
const MAX_SAMPLES = 240;
const MAX_OWNERS = 40;

/** @typedef {{at: string, rss: number, unexplained: number, owners: Record<string, number>}} Moment bytes */

const isBytes = (value) => Number.isFinite(value) && value >= 0;

/** The page looks owners up by name. */
const isOwner = (name) => typeof name === 'string' && name.length <= 40 && !(name in {});

/** Returns the resident bytes of each owner. */
function ownersOf(parts) {
  const owners = new Map();
  for (const part of parts) if (part) owners.set(part.owner, (owners.get(part.owner) ?? 0) + part.resident);
  return [...owners];
}

/** Returns a moment of a ledger or of a sample; `undefined` if it is none. Its contents are not trusted. */
function momentOf(ledger) {
  if (typeof ledger !== 'object' || ledger === null) return undefined;
  const { at, rss, unexplained, parts, owners } = ledger;
  const isValid = !Number.isNaN(Date.parse(at)) && isBytes(rss) && isBytes(unexplained);
  const named = Array.isArray(parts) ? ownersOf(parts) : Object.entries(owners ?? {});
  const all = named.filter(([owner, bytes]) => isOwner(owner) && isBytes(bytes));
  if (!isValid || all.length === 0) return undefined;
  return { at: new Date(at).toISOString(), rss, unexplained, owners: Object.fromEntries(all.slice(0, MAX_OWNERS)) };
}

/** Returns so many of a list at equal distances, the last one included. */
function thinned(list, max) {
  if (list.length <= max) return list;
  return Array.from({ length: max }, (_, at) => list[Math.round((at * (list.length - 1)) / (max - 1))]);
}

/**
 * @param {object} sidecar the contents of the file beside a snapshot, unchecked
 * @returns {{before?: Moment, after?: Moment, samples: Moment[]}|undefined} `undefined` if it has no ledger
 */
function memoryIn({ memory, samples }) {
  const [before, after] = [momentOf(memory?.before), momentOf(memory?.after)];
  if (before === undefined && after === undefined) return undefined;
  const known = (Array.isArray(samples) ? samples : []).map(momentOf).filter(Boolean);
  return { before, after, samples: thinned(known, MAX_SAMPLES) };
}

module.exports = { memoryIn };
