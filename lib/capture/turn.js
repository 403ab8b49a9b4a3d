'use strict';
// Waits until the event loop turns. Loaded with the package, because a test may fake the timers later.

const { setImmediate } = require('node:timers');

/** Resolves after the callbacks that were due. */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

module.exports = { turn };
