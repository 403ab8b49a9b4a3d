'use strict';
// Calls the function in rounds, and takes a snapshot after each.
//
// Between two snapshots, no data about them is stored on V8's heap, because the next one would contain it.

const { take } = require('../analysis/live.js');
const { growth } = require('./growth.js');
const { judge } = require('./judgement.js');
const { leaksOf } = require('./leaks.js');
const { probe } = require('./probe.js');
const { pendingAtMost, pendingCount, settle } = require('./settle.js');
const { ListOfExpectNoLeak } = require('./subject.js');

/** Maximum length of a confirming round, as a multiple of the first ones. */
const MAX_CONFIRMATION_FACTOR = 50;

/** Maximum number of bytes that a confirming round may add to the heap. */
const MAX_CONFIRMATION_BYTES = 64 << 20;

/**
 * @param {SubjectOfExpectNoLeak} subject
 * @param {object} rules
 * @param {Stop} stop
 * @returns {Promise<object[]>} the leaks, each with the finding that explains it
 */
async function observe(subject, { iterations, warmup, tolerance, confirmMs }, stop) {
  const snapshots = new ListOfExpectNoLeak();
  /** Calls since the warm-up, at each snapshot but the first. */
  const calls = new ListOfExpectNoLeak();
  const rates = { calls, tolerance };
  const total = () => calls.at(-1) ?? 0;
  const look = async () => {
    await settle();
    snapshots.push(await take({ wait: true, signal: stop.signal }));
  };
  const round = async (min, max, untilMs) => {
    calls.push(total() + (await subject.repeat({ min, max, untilMs, stop })));
  };
  const close = () => {
    for (const snapshot of snapshots) snapshot.close();
  };
  // The function may never return.
  stop.signal.addEventListener('abort', close, { once: true });
  try {
    await subject.repeat({ min: warmup, stop });
    const pending = pendingCount();
    const probed = await probe((count) => subject.repeat({ min: count, stop }), { warmup, iterations, tolerance, pending });
    if (probed.isHealthy) return [];
    await look();
    // As many calls as in the probe: the memory of a collection grows in leaps, by half or by all of its size.
    const length = Math.max(iterations, probed.calls);
    for (let i = 0; i < 2; i++) {
      await round(length, length);
      await look();
      if (!(await growth(snapshots, rates)).isSuspicious) return [];
    }
    // Growth that stops now was a cache. If only the memory of collections grows, a round as long as all rounds before shows the
    // next leap.
    for (const max of [() => Math.max(iterations * MAX_CONFIRMATION_FACTOR, total()), total]) {
      const { isSuspicious, areObjects, bytesPerCall } = await growth(snapshots, rates);
      if (!isSuspicious) return [];
      if (areObjects && calls.length === 3) break;
      const min = areObjects ? length : total();
      await round(min, Math.min(max(), MAX_CONFIRMATION_BYTES / bytesPerCall), confirmMs);
      await pendingAtMost(pending, confirmMs);
      await look();
    }
    return await judge(await leaksOf(snapshots, rates), snapshots);
  } finally {
    close();
  }
}

module.exports = { observe };
