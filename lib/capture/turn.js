'use strict';
// A turn of the event loop. Loaded with the package: later on a test may have faked the timers.

const { setImmediate } = require('node:timers');

/** Resolves when callbacks that were due have been called. */
function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

module.exports = { turn };
