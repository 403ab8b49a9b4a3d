'use strict';
// Preloaded (`node -r`) into every measured JavaScript process: reports peak memory and processor time over file descriptor 3 at
// exit.

const fs = require('node:fs');

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // maxRSS is in kilobytes on every platform, times are in microseconds.
  fs.writeSync(3, JSON.stringify({ maxRss: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
});
