'use strict';
// Finds the kinds of memory that grow from ledger to ledger.

const { buffersOf, liveOf, residentOf } = require('../change.js');

/** Minimum growth that is reported. */
const MIN_GROWTH_BYTES = 4 << 20;
/** Minimum share of the growth of RSS. */
const MIN_SHARE = 0.2;
/** Minimum ratio of the last step to the first one. A smaller one looks like a cache that fills. */
const MIN_STEADINESS = 0.5;

const MIN_THREADS = 4;
const MIN_DESCRIPTORS = 50;
const MIN_MAPPINGS = 500;

const heapOf = (ledger) => residentOf(ledger, 'v8-live', 'v8-code', 'v8-free', 'v8-other', 'v8-young', 'v8');

/** Kinds that are measured in bytes. For another process only some are known. */
const BYTES = [
  { kind: 'heap-growth', of: heapOf, also: liveOf },
  { kind: 'buffer-growth', of: buffersOf, isKnown: ({ isolates }) => isolates.length > 0, args: ({ pid }) => ({ pid }) },
  { kind: 'external-growth', of: (ledger) => residentOf(ledger, 'external') },
  {
    kind: 'native-growth',
    of: (ledger) => residentOf(ledger, 'malloc') - (ledger.isolates.length > 0 ? 0 : (ledger.malloc.free ?? 0)),
    args: (ledger) => ({ addons: addonsOf(ledger) }),
  },
  {
    kind: 'mapped-growth',
    of: (ledger) => residentOf(ledger, 'anonymous'),
    args: (ledger) => ({ addons: addonsOf(ledger) }),
  },
  { kind: 'wasm-growth', of: (ledger) => residentOf(ledger, 'v8-wasm') },
  { kind: 'shared-memory-growth', of: (ledger) => residentOf(ledger, 'shared-memory') },
  { kind: 'unexplained-growth', of: ({ unexplained }) => unexplained },
];

/** Kinds that are counted. */
const COUNTS = [
  { kind: 'thread-growth', of: ({ counts }) => counts.threads, min: MIN_THREADS, bytes: (ledger) => residentOf(ledger, 'stack') },
  { kind: 'descriptor-growth', of: ({ counts }) => counts.descriptors, min: MIN_DESCRIPTORS, bytes: () => 0 },
  { kind: 'mapping-growth', of: ({ counts }) => counts.mappings, min: MIN_MAPPINGS, bytes: () => 0 },
];

/** Returns the names of loaded addons, except this one. */
function addonsOf({ parts }) {
  const names = parts.filter(({ owner }) => owner === 'addon').map(({ name }) => name.split('/').at(-1));
  const others = names.filter((name) => !/^heapdump-rs\./.test(name)).slice(0, 5);
  return others.length > 0 ? others : undefined;
}

/** Returns the growth of values, and its severity and confidence. `undefined` if they do not grow by `min`, or not steadily. */
function trend(values, min) {
  const grown = values.at(-1) - values[0];
  if (values.length < 2 || grown < min) return undefined;
  const steps = values.slice(1).map((value, at) => value - values[at]);
  const isSteady = steps.every((step) => step > 0) && steps.at(-1) >= steps[0] * MIN_STEADINESS;
  if (values.length > 2 && !isSteady) return undefined;
  // Two ledgers cannot distinguish a leak from a cache.
  const severity = values.length > 2 ? 'leak' : 'suspect';
  return { grown, severity, confidence: values.length > 2 ? 0.8 : 0.5 };
}

/** @param {object[]} ledgers oldest first */
function growth(ledgers) {
  const last = ledgers.at(-1);
  const rss = last.rss - ledgers[0].rss;
  const found = [];
  for (const { kind, of, also = of, isKnown = () => true, args = () => ({}) } of BYTES) {
    const values = ledgers.every(isKnown) ? ledgers.map(of) : [];
    const how = trend(values, Math.max(MIN_GROWTH_BYTES, rss * MIN_SHARE));
    // Living objects must have grown, too. Otherwise the heap is only larger because it was not collected.
    const second = how && also !== of && last.isolates.length > 0 ? trend(ledgers.map(also), how.grown / 2) : how;
    if (how && second)
      found.push({
        kind,
        ...how,
        bytes: how.grown,
        values,
        args: defined({ bytes: how.grown, rss: Math.max(0, rss), ...args(last) }),
      });
  }
  for (const { kind, of, min, bytes } of COUNTS) {
    const values = ledgers.map(of);
    const how = values.includes(null) ? undefined : trend(values, min);
    if (how) {
      const grown = Math.max(0, bytes(last) - bytes(ledgers[0]));
      found.push({ kind, ...how, bytes: grown, values, args: { count: how.grown, now: values.at(-1), bytes: grown } });
    }
  }
  return withoutConsequences(found);
}

const defined = (args) => Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));

/** Removes the growth of mappings and descriptors beside a growth of threads, because each thread has its own. */
function withoutConsequences(found) {
  if (!found.some(({ kind }) => kind === 'thread-growth')) return found;
  return found.filter(({ kind }) => kind !== 'mapping-growth' && kind !== 'descriptor-growth');
}

module.exports = { growth };
