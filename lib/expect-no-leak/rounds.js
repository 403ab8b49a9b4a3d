'use strict';
// Calls the function in rounds, and looks at the heap after each.
//
// Between two snapshots nothing about them is kept on V8's heap: the next one would see it.

const { take } = require('../live.js');
const { growth } = require('./growth.js');
const { leaksOf } = require('./leaks.js');
const { pendingAtMost, pendingCount, settle } = require('./settle.js');
const { ListOfExpectNoLeak } = require('./subject.js');

/** How much longer than the first ones a round is, at most, that confirms what they saw. */
const CONFIRMATION = 50;

/** What such a round may add to the heap. */
const CONFIRMATION_BYTES = 64 << 20;

/**
 * @param {SubjectOfExpectNoLeak} subject
 * @returns {Promise<object[]>} the leaks
 */
async function observe(subject, { iterations, warmup, tolerance, confirmMs, signal }) {
  const snapshots = new ListOfExpectNoLeak();
  /** Calls since the warm-up, at each snapshot but the first. */
  const calls = new ListOfExpectNoLeak();
  const rates = { calls, tolerance };
  const total = () => calls.at(-1) ?? 0;
  const look = async () => {
    await settle();
    snapshots.push(await take({ wait: true, signal }));
  };
  const round = async (most, untilMs) => {
    calls.push(total() + await subject.repeat({ least: iterations, most, untilMs, signal }));
  };
  try {
    await subject.repeat({ least: warmup, signal });
    const pending = pendingCount();
    await look();
    for (let i = 0; i < 2; i++) {
      await round(iterations);
      await look();
      if (!(await growth(snapshots, rates)).isSuspicious) return [];
    }
    // What stops growing now was a cache. Memory for the elements of a collection comes in steps, of half or all that
    // there is: where nothing else grows, another round as long as all before shows the next step.
    for (const length of [() => iterations * CONFIRMATION, total]) {
      const { isSuspicious, areObjects, bytesPerCall } = await growth(snapshots, rates);
      if (!isSuspicious) return [];
      if (areObjects && calls.length === 3) break;
      await round(Math.min(length(), CONFIRMATION_BYTES / bytesPerCall), confirmMs);
      await pendingAtMost(pending, confirmMs);
      await look();
    }
    return await leaksOf(snapshots, rates);
  } finally {
    for (const snapshot of snapshots) snapshot.close();
  }
}

module.exports = { observe };
