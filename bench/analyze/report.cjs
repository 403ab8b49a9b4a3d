'use strict';
// Preloaded (`node -r`) into every JavaScript process that is measured: tells its peak memory to the
// harness over file descriptor 3 when it exits.

const fs = require('node:fs');

process.on('exit', () => {
  // maxRSS is in kilobytes on every platform.
  fs.writeSync(3, String(process.resourceUsage().maxRSS * 1024));
});
