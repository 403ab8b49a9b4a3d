'use strict';
// The tree of calls that allocated objects, for flame graphs: sampled, from the allocation profile of a snapshot, or exact, from its
// allocation stacks. The tree of two snapshots has what was allocated in between and is alive, and what is gone since.

const { SOURCES } = require('./allocation-sources.js');
const { openProfile } = require('../profile/allocation-profile.js');
const { openBeside } = require('../profile/beside.js');
const { wrongArgument } = require('../validate.js');
const { nativeOf } = require('./snapshot.js');
const { follow } = require('./work.js');

/**
 * A snapshot and its allocation profile, if it has one.
 * @typedef {{snapshot: import('./snapshot.js').Snapshot, profile?: import('../profile/allocation-profile.js').AllocationProfile}} Recorded
 *
 * Calls as columns, callers first; `caller` is -1 for the root. Native code and profiles answer this.
 * @typedef {{frames: object[], frame: number[], caller: number[], count: number[], shallowSize: number[]}} Columns
 *
 * @typedef {{from: 'profile'|'stacks', base?: number, nodes?: number}} Options `base`: index of the snapshot to compare with;
 *   `nodes`: maximum number of calls
 */

/**
 * Returns the allocation profiles of snapshots: those beside them, `undefined` if there is none that can be read.
 *
 * @param {string[]} files the snapshots
 * @param {string[]} [given] files of the profiles of the last snapshots, instead of those beside them; throws if one is no profile
 */
function profilesOf(files, given = []) {
  const beside = files.slice(0, Math.max(0, files.length - given.length)).map(openBeside);
  return [...beside, ...given.slice(-files.length).map(openProfile)];
}

/** Returns what is known about the allocations of a snapshot, for `allocationSources()` and `SnapshotInfo` in web/src/source.ts. */
function aboutAllocations({ snapshot, profile }) {
  const hasStacks = snapshot.allocationsSync({ limit: 0 }).totals.rowCount > 0;
  const { startedAt, intervalBytes } = profile ?? {};
  return { ...(profile && { profile: { startedAt, intervalBytes } }), ...(hasStacks && { hasStacks }) };
}

/** Returns the two sides of a tree: the snapshot that is asked for, and the one that it is compared with. */
function sides(recorded, { from, base }) {
  const last = recorded.at(-1);
  const earlier = base === undefined ? undefined : recorded[base];
  if (!SOURCES.includes(from)) throw wrongArgument('from', `must be one of: ${SOURCES.join(', ')}`, from);
  if (base !== undefined && (earlier === undefined || earlier === last))
    throw wrongArgument('base', 'must be the index of an earlier snapshot', base);
  if (from === 'profile' && [last, earlier ?? last].some(({ profile }) => profile === undefined))
    throw wrongArgument('from', 'must be a source that the snapshot has', from);
  return { last, earlier };
}

/**
 * Returns the tree of calls of the last snapshot.
 *
 * @param {Recorded[]} recorded oldest first
 * @param {Options} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<object>} `AllocationTree` in web/src/source.ts
 */
async function allocationTree(recorded, options, signal) {
  const { last, earlier } = sides(recorded, options);
  const ask =
    options.from === 'profile'
      ? (one, other) => one.profile.callTree(other?.profile)
      : (one, other) => follow({ signal }, async () => nativeOf(one.snapshot).allocationTree(other && nativeOf(other.snapshot)));
  return joined(await ask(last, earlier), earlier && (await ask(earlier, last)), options);
}

/** The same, blocking. */
function allocationTreeSync(recorded, options) {
  const { last, earlier } = sides(recorded, options);
  const ask =
    options.from === 'profile'
      ? (one, other) => one.profile.callTree(other?.profile)
      : (one, other) => nativeOf(one.snapshot).allocationTreeSync(other && nativeOf(other.snapshot));
  return joined(ask(last, earlier), earlier && ask(earlier, last), options);
}

/** A call, with the objects that its function itself allocated: `size` and `count` of the living ones, and of those that are gone. */
class Call {
  size = 0;
  count = 0;
  removedSize = 0;
  removedCount = 0;
  /** Bytes of the objects of this call and those below; with two snapshots, bytes by which they differ. */
  weight = 0;
  /** By frame. Most calls have none, and empty maps take memory. */
  called = undefined;

  constructor(frame, caller) {
    this.frame = frame;
    this.caller = caller;
  }

  get ownWeight() {
    return Math.abs(this.size - this.removedSize);
  }

  add({ size = 0, count = 0, removedSize = 0, removedCount = 0 }) {
    this.size += size;
    this.count += count;
    this.removedSize += removedSize;
    this.removedCount += removedCount;
  }
}

/** The tree of calls of one or two sources. */
class Tree {
  #root;
  /** All calls, callers first. */
  #calls = [];
  #frames = new Map();

  /** Adds the objects of a source: alive, or gone. */
  add({ frames, frame, caller, count, shallowSize }, isRemoved) {
    const shared = frames.map((one) => this.#frame(one));
    const calls = [];
    for (const [at, position] of frame.entries()) {
      const call = this.#call(calls[caller[at]], shared[position]);
      if (isRemoved) call.add({ removedSize: shallowSize[at], removedCount: count[at] });
      else call.add({ size: shallowSize[at], count: count[at] });
      calls.push(call);
    }
  }

  #frame({ function: name, file, line, column }) {
    const key = JSON.stringify([name, file, line, column]);
    if (!this.#frames.has(key)) this.#frames.set(key, { function: name, file, line, column });
    return this.#frames.get(key);
  }

  #call(caller, frame) {
    const there = caller === undefined ? this.#root : caller.called?.get(frame);
    if (there) return there;
    const call = new Call(frame, caller);
    this.#calls.push(call);
    if (caller === undefined) this.#root = call;
    else (caller.called ??= new Map()).set(frame, call);
    return call;
  }

  /** Returns the heaviest calls, callers first, and their number without a limit. Of each call, those left out are one call without a frame. */
  heaviest(max) {
    for (const call of [...this.#calls].reverse()) {
      call.weight += call.ownWeight;
      if (call.caller) call.caller.weight += call.weight;
    }
    // Stable, so that callers stay first: a caller has at least the weight of its calls.
    const order = this.#calls.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
    const shown = new Set(order.slice(0, max));
    const rests = new Map();
    for (const call of order.slice(max)) {
      let { caller } = call;
      while (caller && !shown.has(caller)) ({ caller } = caller);
      if (!caller) continue;
      if (!rests.has(caller)) rests.set(caller, new Call(null, caller));
      rests.get(caller).add(call);
    }
    return { calls: [...shown, ...rests.values()], total: order.length };
  }
}

/** Returns the tree of the living objects and, with two snapshots, of those that are gone. */
function joined(living, gone, { from, base, nodes = Infinity }) {
  const tree = new Tree();
  tree.add(living, false);
  if (gone) tree.add(gone, true);
  const { calls, total } = tree.heaviest(nodes);
  const frames = [...new Set(calls.flatMap(({ frame }) => frame ?? []))];
  const frameAt = new Map(frames.map((frame, at) => [frame, at]));
  const callAt = new Map(calls.map((call, at) => [call, at]));
  const column = (valueOf) => calls.map(valueOf);
  return {
    from,
    base: base ?? null,
    callCount: total,
    frames,
    calls: {
      frame: column(({ frame }) => (frame === null ? -1 : frameAt.get(frame))),
      caller: column(({ caller }) => (caller === undefined ? -1 : callAt.get(caller))),
      size: column(({ size }) => size),
      count: column(({ count }) => count),
      ...(gone && {
        removedSize: column(({ removedSize }) => removedSize),
        removedCount: column(({ removedCount }) => removedCount),
      }),
    },
  };
}

module.exports = { aboutAllocations, allocationTree, allocationTreeSync, profilesOf };
