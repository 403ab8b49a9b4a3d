'use strict';
// What grows with the number of calls.
//
// Everything is counted against the first snapshot: objects that it has not, by constructor and by owner, the nearest
// object without which they would be free and that it has. So an owner is the same in all later snapshots.

const { nativeOf } = require('../analysis/snapshot.js');
const { MOST_ROWS } = require('../validate.js');
const { ListOfExpectNoLeak } = require('./subject.js');

/** Kinds of memory that V8 and Node keep for themselves. What leaks of it goes with an object of the program. */
const INTERNAL = new Set(['code', 'hidden', 'object shape', 'synthetic', 'native']);

/** The least that an element of a collection takes. */
const ELEMENT_BYTES = 8;

/** The least that an object takes. */
const OBJECT_BYTES = 16;

/** Collections to look at: those with the most elements. */
const MOST_COLLECTIONS = 10_000;

/** New objects of one constructor with one owner, in every snapshot after the first. */
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
    /** The latest one. */
    this.group = group;
  }
}

/** What is added by a call, round by round. */
const ratesOf = (amounts, calls) => amounts.map((amount, k) => (amount - (amounts[k - 1] ?? 0)) / (calls[k] - (calls[k - 1] ?? 0)));

/** Whether every round adds more than `least` a call, and the last one not much less than the one before. */
function grows(amounts, calls, least) {
  const rates = ratesOf(amounts, calls);
  return rates.every((rate) => rate > least) && (rates.length === 1 || rates.at(-1) >= rates.at(-2) / 2);
}

/** The same for amounts of which a part was there before the first round: what came in that is not known. */
function growsFromFirst(amounts, calls, least) {
  if (amounts.length === 1) return grows(amounts, calls, least);
  const since = (values) => values.slice(1).map((value) => value - values[0]);
  return grows(since(amounts), since(calls), least);
}

const isOurs = ({ constructor }) => constructor === ListOfExpectNoLeak.name;

/** Names a group. */
const keyOf = (owner, constructor) => `${owner.id} ${constructor}`;

/** The collection whose memory an owner is: the next snapshot may show the same collection with another piece of memory. */
function wholeOwner(owner, snapshot) {
  if (owner.type !== 'array') return owner;
  return snapshot.dominatorsSync(owner.id).rows.find(({ id, type }) => id !== owner.id && type !== 'array') ?? owner;
}

/** The series of the groups that grow, by their keys. */
async function growing(snapshots, { calls, tolerance }) {
  const [base, ...later] = snapshots.map(nativeOf);
  const all = new Map();
  for (const [at, snapshot] of later.entries()) {
    const { rows } = await snapshot.newObjects(base, { limit: MOST_ROWS });
    for (const row of rows) {
      const group = { ...row, owner: wholeOwner(row.owner, snapshot) };
      if (INTERNAL.has(group.example.type) || isOurs(group.owner)) continue;
      const key = keyOf(group.owner, group.constructor);
      if (!all.has(key)) all.set(key, new Series(later.length));
      all.get(key).add(at, group);
    }
  }
  for (const [key, { counts, shallowSizes, group }] of all) {
    // A text that becomes longer is another string each time, but not one more. (The roots have the end of the last
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
 * Collections that were there before and have grown. There may be no new object in them: a number takes none.
 *
 * @returns {Promise<Array<{row: object, sizes: number[]}>>} what each has added to its size at each later snapshot
 */
async function swollen(snapshots, { calls, tolerance }) {
  const [base, ...later] = snapshots.map(nativeOf);
  const least = (tolerance * ELEMENT_BYTES) / 2;
  const before = await sizesById(base);
  const rows = (await collections(later.at(-1))).filter(
    (row) => row.shallowSize - before.get(row.id) > least * calls.at(-1) && !isOurs(row),
  );
  return rows.flatMap((row) => {
    const sizes = later.map((snapshot) => find(snapshot, row.id).shallowSize - before.get(row.id));
    // Its memory comes in steps: the first two rounds count as one.
    return sizes.length === 1 || grows(sizes.slice(1), calls.slice(1), least) ? [{ row, sizes }] : [];
  });
}

/** The objects that have most to themselves. */
async function collections(snapshot) {
  const found = await snapshot.find({ type: 'object', sort: 'shallowSize', limit: MOST_COLLECTIONS });
  const { rows } = await found.piece(0, MOST_COLLECTIONS);
  found.close();
  return rows;
}

const sizesById = async (snapshot) => new Map((await collections(snapshot)).map(({ id, shallowSize }) => [id, shallowSize]));

/** The object with this id; `undefined` if there is none. */
function find(snapshot, id) {
  try {
    return snapshot.nodeSync(id);
  } catch {
    return undefined;
  }
}

/** What is suspicious so far, in numbers only. */
async function growth(snapshots, rates) {
  const series = [...(await growing(snapshots, rates)).values()];
  const collections = await swollen(snapshots, rates);
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

module.exports = { ELEMENT_BYTES, find, growing, growth, keyOf, swollen };
