'use strict';
// How long a process was ready to run and had no processor, which says nothing about its code.

const fs = require('node:fs');

/** Returns the time for which the main thread of `pid` has waited for a processor, in milliseconds; 0 where the kernel does not tell. */
function starvedMs(pid = process.pid) {
  try {
    return Number(fs.readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

module.exports = { starvedMs };
