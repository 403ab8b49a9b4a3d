'use strict';
// A monotonic clock that is the same for all threads of the process.

/** Returns milliseconds. Not `performance.now()`: Node loads `performance` when it is first used, see `session.js`. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

module.exports = { now };
