'use strict';
// Brings the process to rest, so that objects still alive are meant to be.

const session = require('../capture/session.js');
const { turn } = require('../capture/turn.js');

/** Number of turns of the event loop after which callbacks, and those that they schedule, have run. */
const LOOP_TURNS = 3;

/** Runs due callbacks, collects garbage, and runs the callbacks that become due: finalizers, hooks on the end of promises. */
async function settle() {
  await turns();
  const collected = { isDone: false };
  session.collectGarbage((error) => Object.assign(collected, { isDone: true, error }));
  // Newer V8 collects while the event loop turns, which it does as long as this waits.
  while (!collected.isDone) await turn();
  if (collected.error) throw collected.error;
  await turns();
}

async function turns() {
  for (let i = 0; i < LOOP_TURNS; i++) await turn();
}

/** Returns the number of active timers, sockets, requests and other resources. */
function pendingCount() {
  return process.getActiveResourcesInfo?.().length ?? 0;
}

/** Waits until at most `count` resources are active, or until the timeout. */
async function pendingAtMost(count, timeoutMs) {
  const end = performance.now() + timeoutMs;
  while (pendingCount() > count && performance.now() < end) await turn();
}

module.exports = { pendingAtMost, pendingCount, settle };
