'use strict';
// The time since some moment, the same for all threads of the process.

/** Milliseconds. `performance` would do, but Node loads it when it is first used: see `session.js`. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

module.exports = { now };
