'use strict';
// Compares two ledgers.

const { sum } = require('./parts.js');

const MS_PER_HOUR = 3_600_000;

/** Returns the key that identifies a part in two ledgers. */
const keyOf = ({ owner, name = '', threadId = '' }) => `${owner}\0${name}\0${threadId}`;

/** Maximum number of recent ledgers of a history, besides the first one. */
const MAX_RECENT_LEDGERS = 30;

/** Adds a ledger to the history of a process, oldest first: the first ledger stays, so that verdicts see slow growth. */
function addLedger(history, ledger) {
  history.push(ledger);
  if (history.length > MAX_RECENT_LEDGERS + 1) history.splice(1, 1);
}

const byKey = ({ parts }) => new Map(parts.map((part) => [keyOf(part), part]));

/**
 * @param {object} before a ledger
 * @param {object} after a later one of the same process
 */
function changeSince(before, after) {
  const elapsedMs = Math.max(0, Date.parse(after.at) - Date.parse(before.at));
  const perHour = (bytes) => (elapsedMs > 0 ? Math.round((bytes * MS_PER_HOUR) / elapsedMs) : null);
  const [old, now] = [byKey(before), byKey(after)];
  const parts = [...new Map([...old, ...now])].map(([key, { owner, name, threadId }]) => {
    const bytes = (now.get(key)?.resident ?? 0) - (old.get(key)?.resident ?? 0);
    return {
      owner,
      ...(name !== undefined && { name }),
      ...(threadId !== undefined && { threadId }),
      bytes,
      perHour: perHour(bytes),
    };
  });
  const difference = (of) => (of(before) === null || of(after) === null ? null : of(after) - of(before));
  const rss = after.rss - before.rss;
  return {
    since: before.at,
    elapsedMs,
    rss,
    rssPerHour: perHour(rss),
    parts: parts.filter(({ bytes }) => bytes !== 0).sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes)),
    unexplained: after.unexplained - before.unexplained,
    counts: {
      threads: difference(({ counts }) => counts.threads),
      mappings: difference(({ counts }) => counts.mappings),
      descriptors: difference(({ counts }) => counts.descriptors),
    },
  };
}

/** Returns the resident bytes of all parts of these owners. */
function residentOf({ parts }, ...owners) {
  return sum(parts.filter(({ owner }) => owners.includes(owner)).map(({ resident }) => resident));
}

/** Returns the bytes of living objects, and of ArrayBuffers, in all isolates of a ledger. */
const liveOf = ({ isolates }) => sum(isolates.map(({ heapUsed }) => heapUsed));
const buffersOf = ({ isolates }) => sum(isolates.map(({ arrayBuffers }) => arrayBuffers));

module.exports = { addLedger, buffersOf, changeSince, keyOf, liveOf, residentOf };
