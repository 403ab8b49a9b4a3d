'use strict';
// Lets the process come to rest, so that what is still alive is meant to be.

const session = require('../capture/session.js');
const { turn } = require('../capture/turn.js');

/** Turns of the event loop until callbacks, and what they start, are through. */
const TURNS = 3;

/** Runs what is due, collects garbage, and runs what that makes due: finalizers, hooks that tell the end of promises. */
async function settle() {
  await turns();
  const collected = { isDone: false };
  session.collectGarbage((error) => Object.assign(collected, { isDone: true, error }));
  // Newer V8 does it when the loop turns, which it does as long as somebody wants it to.
  while (!collected.isDone) await turn();
  if (collected.error) throw collected.error;
  await turns();
}

async function turns() {
  for (let i = 0; i < TURNS; i++) await turn();
}

/** Timers, sockets, requests … that something waits for. */
function pendingCount() {
  return process.getActiveResourcesInfo?.().length ?? 0;
}

/** Waits until no more than `count` are pending, but not for ever. */
async function pendingAtMost(count, patienceMs) {
  const end = performance.now() + patienceMs;
  while (pendingCount() > count && performance.now() < end) await turn();
}

module.exports = { pendingAtMost, pendingCount, settle };
