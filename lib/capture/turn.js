'use strict';
// Waits for a turn of the event loop. Loaded with the package, because a test may fake the timers later.

const { setImmediate } = require('node:timers');

/** Resolves after the callbacks that were due. */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

module.exports = { turn };
