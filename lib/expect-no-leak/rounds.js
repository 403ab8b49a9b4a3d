'use strict';
// Calls the function in rounds, and looks at the heap after each.
//
// Between two snapshots nothing about them is kept on V8's heap: the next one would see it.

const { take } = require('../analysis/live.js');
const { growth } = require('./growth.js');
const { judge } = require('./judgement.js');
const { leaksOf } = require('./leaks.js');
const { probe } = require('./probe.js');
const { pendingAtMost, pendingCount, settle } = require('./settle.js');
const { ListOfExpectNoLeak } = require('./subject.js');

/** How much longer than the first ones a round is, at most, that confirms what they saw. */
const CONFIRMATION = 50;

/** What such a round may add to the heap. */
const CONFIRMATION_BYTES = 64 << 20;

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
  const round = async (least, most, untilMs) => {
    calls.push(total() + (await subject.repeat({ least, most, untilMs, stop })));
  };
  const close = () => {
    for (const snapshot of snapshots) snapshot.close();
  };
  // The function may never return.
  stop.signal.addEventListener('abort', close, { once: true });
  try {
    await subject.repeat({ least: warmup, stop });
    const pending = pendingCount();
    const probed = await probe((count) => subject.repeat({ least: count, stop }), { warmup, iterations, tolerance, pending });
    if (probed.isHealthy) return [];
    await look();
    // As many calls as before: memory for the elements of a collection comes in steps, of half or all that there is.
    const length = Math.max(iterations, probed.calls);
    for (let i = 0; i < 2; i++) {
      await round(length, length);
      await look();
      if (!(await growth(snapshots, rates)).isSuspicious) return [];
    }
    // What stops growing now was a cache. Where nothing grows but the memory of collections, another round as long as all
    // before shows the next step.
    for (const most of [() => Math.max(iterations * CONFIRMATION, total()), total]) {
      const { isSuspicious, areObjects, bytesPerCall } = await growth(snapshots, rates);
      if (!isSuspicious) return [];
      if (areObjects && calls.length === 3) break;
      const least = areObjects ? length : total();
      await round(least, Math.min(most(), CONFIRMATION_BYTES / bytesPerCall), confirmMs);
      await pendingAtMost(pending, confirmMs);
      await look();
    }
    return await judge(await leaksOf(snapshots, rates), snapshots);
  } finally {
    close();
  }
}

module.exports = { observe };
