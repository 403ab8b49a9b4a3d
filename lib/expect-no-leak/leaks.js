'use strict';
// Turns growth into leaks: the leaked objects, their parts, and their retainers.

const { nativeOf } = require('../analysis/snapshot.js');
const { find, growing, keyOf, grownCollections } = require('./growth.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

/** Kinds of objects that are parts of others. They are the leak only if there is nothing else. */
const PARTS = new Set(['array', 'hidden', 'number']);

/** Maximum number of steps in a path. */
const MAX_PATH_STEPS = 30;

/** Maximum number of objects to search for one near the roots. */
const MAX_EXAMPLES = 200;

/** Maximum number of objects whose retainers are compared. */
const MAX_SAMPLES = 60;

/** Returns the leaks, those with most memory first. */
async function leaksOf(snapshots, rates) {
  const base = nativeOf(snapshots[0]);
  const last = nativeOf(snapshots.at(-1));
  const leaks = merged([...byHead(await growing(snapshots, rates), last).values()], base, last);
  const collections = (await grownCollections(snapshots, rates)).filter(
    ({ row }) => !leaks.some(({ owner, example }) => owner.id === row.id || isNear(last, example.id, row.id)),
  );
  return [
    ...leaks.map((leak) => describe(leak, rates.calls)),
    ...collections.map((collection) => describeCollection(collection, last, rates.calls)),
  ].sort((a, b) => b.bytesPerIteration - a.bytesPerIteration);
}

/**
 * Groups what grows by leak. A leaked object retains what it refers to, so of the objects between an owner and an example, the
 * first one whose group grows is the leak, and the others are its parts.
 */
function byHead(series, snapshot) {
  const leaks = new Map();
  for (const [key, { group }] of series) {
    const { owner } = group;
    const dominators = snapshot.dominatorsSync(group.example.id).rows.reverse();
    const below = dominators.slice(dominators.findIndex(({ id }) => id === owner.id) + 1);
    const head = below.find((row) => !PARTS.has(row.type) && series.has(keyOf(owner, row.constructor))) ?? group.example;
    const headKey = keyOf(owner, head.constructor);
    if (!leaks.has(headKey)) leaks.set(headKey, { head, dominators, owner, main: series.get(headKey), parts: [] });
    if (headKey !== key) leaks.get(headKey).parts.push(series.get(key));
  }
  return leaks;
}

/**
 * Finds an example and its path for each leak. If the path reaches another leaked object before an older object, the leak is a part
 * of that one.
 */
function merged(leaks, base, last) {
  const isNew = (id) => find(base, id) === undefined;
  for (const leak of leaks) {
    leak.example = nearest(leak, last, isNew);
    leak.path = pathOf(leak.example, last);
  }
  const isOf = (row, { main: { group } }) => row.constructor === group.constructor && isDominated(last, row.id, group.owner.id);
  const whole = new Set(leaks);
  for (const leak of leaks) {
    const end = leak.path.findIndex(({ id }) => !isNew(id));
    const through = leak.path.slice(0, end < 0 ? undefined : end).map(({ id }) => last.nodeSync(id));
    const other = leaks.find((one) => one !== leak && whole.has(one) && through.some((row) => isOf(row, one)));
    if (other === undefined) continue;
    other.parts.push(leak.main, ...leak.parts);
    whole.delete(leak);
  }
  return [...whole];
}

/** Returns the leaked object nearest to the roots. Others can be far along a list. */
function nearest({ head, owner }, snapshot, isNew) {
  if (isRoot(owner)) return commonest(head, owner, snapshot, isNew);
  const { rows } = snapshot.findSync({ className: head.constructor, sort: 'distance', limit: MAX_EXAMPLES });
  return rows.find(({ id }) => isNew(id) && isDominated(snapshot, id, owner.id)) ?? head;
}

/** Returns an object that is held like most of its group. If only the roots own them, some may not be leaked. */
function commonest(head, owner, snapshot, isNew) {
  const rows = snapshot.findSync({ className: head.constructor }).rows.sort((a, b) => a.id - b.id);
  const fresh = rows.slice(firstWhere(rows, ({ id }) => isNew(id)));
  const held = new Map();
  for (let at = 0; at < fresh.length; at += Math.ceil(fresh.length / MAX_SAMPLES)) {
    const row = fresh[at];
    // Other leaks can have the same constructor.
    if (ownerOf(snapshot, row.id, isNew)?.id !== owner.id) continue;
    const [step] = pathOf(row, snapshot);
    const key = `${step?.edge} of ${step?.name}`;
    held.set(key, [...(held.get(key) ?? []), row]);
  }
  const [common = [head]] = [...held.values()].sort((a, b) => b.length - a.length);
  return common[common.length >> 1];
}

/** Returns the first index for which `holds` is true, by binary search. It must be false before, and true from there on. */
function firstWhere(list, holds) {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(list[middle])) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Returns the nearest dominator that is not new. */
function ownerOf(snapshot, id, isNew) {
  return snapshot.dominatorsSync(id).rows.find((dominator) => dominator.id !== id && !isNew(dominator.id));
}

/** Returns whether an owner is a root or the global object, so that its objects have no single retainer. */
function isRoot({ type, distance }) {
  return type === 'synthetic' || type === 'hidden' || distance === null || distance <= 1;
}

/** Returns whether `owner` dominates an object. */
function isDominated(snapshot, id, owner) {
  return snapshot.dominatorsSync(id).rows.some((dominator) => dominator.id === owner);
}

/** Returns the shortest path from an object towards a root. It ends at the function under test. */
function pathOf({ id }, snapshot) {
  const path = [];
  let { paths } = snapshot.pathsSync(id, { depth: MAX_PATH_STEPS, siblings: 1 });
  for (; paths.length > 0 && paths[0].name !== SubjectOfExpectNoLeak.name; paths = paths[0].children) {
    const { children: _, ...step } = paths[0];
    path.push(step);
  }
  return path;
}

/** Returns whether `holder` refers to the object, directly or through its parts. */
function isNear(snapshot, id, holder, steps = 3) {
  if (steps === 0) return false;
  const { rows } = snapshot.retainersSync(id, { limit: 20 });
  return rows.some((row) => row.id === holder || (PARTS.has(row.type) && isNear(snapshot, row.id, holder, steps - 1)));
}

/** Returns how much a call adds, after the first round. */
const perCall = (amounts, calls) => (amounts.at(-1) - amounts[0]) / (calls.at(-1) - calls[0]);

function describe({ head, dominators, owner, main, parts, example, path }, calls) {
  return {
    constructor: head.constructor,
    countPerIteration: perCall(main.counts, calls),
    bytesPerIteration: perCall(main.retainedSizes, calls),
    counts: main.counts,
    iterations: [...calls],
    owner,
    example,
    path,
    parts: parts.map(({ group: { constructor }, counts }) => ({ constructor, countPerIteration: perCall(counts, calls) })),
    dominators,
  };
}

function describeCollection({ row, sizes }, snapshot, calls) {
  return {
    constructor: row.constructor,
    countPerIteration: 0,
    bytesPerIteration: perCall(sizes, calls),
    counts: sizes.map(() => 0),
    iterations: [...calls],
    owner: row,
    example: row,
    path: pathOf(row, snapshot),
    parts: [],
    dominators: snapshot.dominatorsSync(row.id).rows.reverse(),
  };
}

module.exports = { leaksOf };
