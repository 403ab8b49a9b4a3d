'use strict';
// Measures what grows with the number of calls.
//
// Everything is compared with the first snapshot. New objects are grouped by constructor and by owner: the nearest dominator that
// already existed in the first snapshot. An owner is therefore the same in all later snapshots.

const { nativeOf } = require('../analysis/snapshot.js');
const { MAX_ROWS } = require('../validate.js');
const { ListOfExpectNoLeak } = require('./subject.js');

/** Kinds of V8's and Node's own memory. A leak of such memory comes with an object of the program. */
const INTERNAL = new Set(['code', 'hidden', 'object shape', 'synthetic', 'native']);

/** Minimum number of bytes of an element of a collection. */
const ELEMENT_BYTES = 8;

/** Minimum number of bytes of an object. */
const OBJECT_BYTES = 16;

/** Maximum number of collections to examine: those with the most elements. */
const MAX_COLLECTIONS = 10_000;

/** The new objects of one constructor with one owner, in every snapshot after the first. */
class Series {
  constructor(length) {
    this.counts = new Array(length).fill(0);
    this.shallowSizes = new Array(length).fill(0);
    this.retainedSizes = new Array(length).fill(0);
  }

  add(at, group) {
    this.counts[at] += group.count;
    this.shallowSizes[at] += group.shallowSize;
    this.retainedSizes[at] += group.retainedSize;
    /** The group in the latest snapshot. */
    this.group = group;
  }
}

/** Returns how much a call adds, for each round. */
const ratesOf = (amounts, calls) => amounts.map((amount, k) => (amount - (amounts[k - 1] ?? 0)) / (calls[k] - (calls[k - 1] ?? 0)));

/** Returns whether every round adds more than `threshold` per call, and the last one at least half the rate of the round before. */
function grows(amounts, calls, threshold) {
  const rates = ratesOf(amounts, calls);
  return rates.every((rate) => rate > threshold) && (rates.length === 1 || rates.at(-1) >= rates.at(-2) / 2);
}

/** Like `grows`, for amounts that include an unknown amount from before the first round. */
function growsFromFirst(amounts, calls, threshold) {
  if (amounts.length === 1) return grows(amounts, calls, threshold);
  const since = (values) => values.slice(1).map((value) => value - values[0]);
  return grows(since(amounts), since(calls), threshold);
}

const isOurs = ({ constructor }) => constructor === ListOfExpectNoLeak.name;

/** Returns the key of a group. */
const keyOf = (owner, constructor) => `${owner.id} ${constructor}`;

/**
 * Returns the collection that an owner's memory belongs to: the next snapshot can show the same collection with another backing
 * store.
 */
function wholeOwner(owner, snapshot) {
  if (owner.type !== 'array') return owner;
  return snapshot.dominatorsSync(owner.id).rows.find(({ id, type }) => id !== owner.id && type !== 'array') ?? owner;
}

/** Returns the series of the groups that grow, by their keys. */
async function growing(snapshots, { calls, tolerance }) {
  const [base, ...later] = snapshots.map(nativeOf);
  const all = new Map();
  for (const [at, snapshot] of later.entries()) {
    const { rows } = await snapshot.newObjects(base, { limit: MAX_ROWS });
    for (const row of rows) {
      const group = { ...row, owner: wholeOwner(row.owner, snapshot) };
      if (INTERNAL.has(group.example.type) || isOurs(group.owner)) continue;
      const key = keyOf(group.owner, group.constructor);
      if (!all.has(key)) all.set(key, new Series(later.length));
      all.get(key).add(at, group);
    }
  }
  for (const [key, { counts, shallowSizes, group }] of all) {
    // A string that becomes longer is another object each time, but the number stays the same. (The roots hold the end of the last
    // snapshot's own text.)
    const isLonger = () =>
      group.constructor === '(string)' &&
      group.owner.type !== 'synthetic' &&
      growsFromFirst(shallowSizes, calls, tolerance * OBJECT_BYTES);
    if (!grows(counts, calls, tolerance) && !isLonger()) all.delete(key);
  }
  return all;
}

/**
 * Finds older collections that have grown. They need not contain new objects: a small number is not an object.
 *
 * @returns {Promise<Array<{row: object, sizes: number[]}>>} what each has added to its size at each later snapshot
 */
async function grownCollections(snapshots, { calls, tolerance }) {
  const [base, ...later] = snapshots.map(nativeOf);
  const threshold = (tolerance * ELEMENT_BYTES) / 2;
  const before = await sizesById(base);
  const rows = (await collections(later.at(-1))).filter(
    (row) => row.shallowSize - before.get(row.id) > threshold * calls.at(-1) && !isOurs(row),
  );
  return rows.flatMap((row) => {
    const sizes = later.map((snapshot) => find(snapshot, row.id).shallowSize - before.get(row.id));
    // The memory of a collection grows in leaps, so the first two rounds count as one.
    return sizes.length === 1 || grows(sizes.slice(1), calls.slice(1), threshold) ? [{ row, sizes }] : [];
  });
}

/** Returns the objects with the largest shallow size. */
async function collections(snapshot) {
  const found = await snapshot.find({ type: 'object', sort: 'shallowSize', limit: MAX_COLLECTIONS });
  const { rows } = await found.piece(0, MAX_COLLECTIONS);
  found.close();
  return rows;
}

const sizesById = async (snapshot) => new Map((await collections(snapshot)).map(({ id, shallowSize }) => [id, shallowSize]));

/** Returns the object with this id; `undefined` if there is none. */
function find(snapshot, id) {
  try {
    return snapshot.nodeSync(id);
  } catch {
    return undefined;
  }
}

/** Returns the suspicious growth so far, as numbers only. */
async function growth(snapshots, rates) {
  const series = [...(await growing(snapshots, rates)).values()];
  const collections = await grownCollections(snapshots, rates);
  const bytes = [...series.map(({ retainedSizes }) => retainedSizes), ...collections.map(({ sizes }) => sizes)].reduce(
    (sum, sizes) => sum + sizes.at(-1),
    0,
  );
  return {
    isSuspicious: series.length + collections.length > 0,
    areObjects: series.length > 0,
    bytesPerCall: bytes / rates.calls.at(-1),
  };
}

module.exports = { ELEMENT_BYTES, find, growing, growth, keyOf, grownCollections };
