'use strict';
// From what grows to leaks: what was leaked, what it took along, and who keeps it.

const { nativeOf } = require('../analysis/snapshot.js');
const { find, growing, keyOf, swollen } = require('./growth.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

/** Kinds of objects that others consist of: never what leaks, if there is anything else. */
const PARTS = new Set(['array', 'hidden', 'number']);

/** Steps of a path: who reads more? */
const PATH_STEPS = 30;

/** Objects to look through for one near the roots. */
const EXAMPLES = 200;

/** Objects to compare with each other in how they are held. */
const SAMPLES = 60;

/** The leaks, those first that take most memory. */
async function leaksOf(snapshots, rates) {
  const base = nativeOf(snapshots[0]);
  const last = nativeOf(snapshots.at(-1));
  const leaks = merged([...byHead(await growing(snapshots, rates), last).values()], base, last);
  const collections = (await swollen(snapshots, rates)).filter(
    ({ row }) => !leaks.some(({ owner, example }) => owner.id === row.id || isNear(last, example.id, row.id)),
  );
  return [
    ...leaks.map((leak) => describe(leak, rates.calls)),
    ...collections.map((collection) => describeCollection(collection, last, rates.calls)),
  ].sort((a, b) => b.bytesPerIteration - a.bytesPerIteration);
}

/**
 * The groups that grow, each with those that are a part of it. A leaked object takes along what it refers to: of the
 * objects between an owner and an example, the first one whose group grows is the one that leaks.
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
 * Finds an example and its path for each leak. Those that something leaked refers to, before anything old does, are a
 * part of that.
 */
function merged(leaks, base, last) {
  const isNew = (id) => find(base, id) === undefined;
  for (const leak of leaks) {
    leak.example = nearest(leak, last, isNew);
    leak.path = pathOf(leak.example, last);
  }
  const isOf = (row, { main: { group } }) => row.constructor === group.constructor && isKept(last, row.id, group.owner.id);
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

/** The leaked object that is nearest to the roots: the others may be far along a list. */
function nearest({ head, owner }, snapshot, isNew) {
  if (isRoot(owner)) return commonest(head, owner, snapshot, isNew);
  const { rows } = snapshot.findSync({ className: head.constructor, sort: 'distance', limit: EXAMPLES });
  return rows.find(({ id }) => isNew(id) && isKept(snapshot, id, owner.id)) ?? head;
}

/** Of what only the roots have in common, not all is leaked: one that is held as most of it is. */
function commonest(head, owner, snapshot, isNew) {
  const rows = snapshot.findSync({ className: head.constructor }).rows.sort((a, b) => a.id - b.id);
  const fresh = rows.slice(firstWhere(rows, ({ id }) => isNew(id)));
  const held = new Map();
  for (let at = 0; at < fresh.length; at += Math.ceil(fresh.length / SAMPLES)) {
    const row = fresh[at];
    // Other leaks can be of the same constructor.
    if (ownerOf(snapshot, row.id, isNew)?.id !== owner.id) continue;
    const [step] = pathOf(row, snapshot);
    const key = `${step?.edge} of ${step?.name}`;
    held.set(key, [...(held.get(key) ?? []), row]);
  }
  const [most = [head]] = [...held.values()].sort((a, b) => b.length - a.length);
  return most[most.length >> 1];
}

/** Where in a list the elements begin for which something holds; before, it holds for none. */
function firstWhere(list, holds) {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(list[middle])) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The nearest object without which this one would be free and that is not new. */
function ownerOf(snapshot, id, isNew) {
  return snapshot.dominatorsSync(id).rows.find((dominator) => dominator.id !== id && !isNew(dominator.id));
}

/** Whether nothing but the roots, or the global object, is on all ways to what this owns. */
function isRoot({ type, distance }) {
  return type === 'synthetic' || type === 'hidden' || distance === null || distance <= 1;
}

/** Whether an object would be free without the other. */
function isKept(snapshot, id, owner) {
  return snapshot.dominatorsSync(id).rows.some((dominator) => dominator.id === owner);
}

/** A way from an object towards a root, nearest to the roots at each step; it ends at the function under test. */
function pathOf({ id }, snapshot) {
  const path = [];
  let { paths } = snapshot.pathsSync(id, { depth: PATH_STEPS, siblings: 1 });
  for (; paths.length > 0 && paths[0].name !== SubjectOfExpectNoLeak.name; paths = paths[0].children) {
    const { children: _, ...step } = paths[0];
    path.push(step);
  }
  return path;
}

/** Whether `holder` refers to the object, directly or by the parts that it consists of. */
function isNear(snapshot, id, holder, steps = 3) {
  if (steps === 0) return false;
  const { rows } = snapshot.retainersSync(id, { limit: 20 });
  return rows.some((row) => row.id === holder || (PARTS.has(row.type) && isNear(snapshot, row.id, holder, steps - 1)));
}

/** What a call adds, from the first round on. */
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
