'use strict';
// Measures how much processor time one turn of the event loop takes at most, from the first SIGUSR2 on, and writes it to the file
// HEAPDUMP_TEST_DELAY at the end. Time on the clock would be that of a busy machine. Linux only.

const fs = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const INTERVAL_MS = 2;

/** Processor time of this thread. */
function usedMs() {
  const [nanoseconds] = fs.readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}

if (isMainThread) {
  let max = 0;
  process.once('SIGUSR2', () => {
    let before = usedMs();
    setInterval(() => {
      const now = usedMs();
      max = Math.max(max, now - before);
      before = now;
    }, INTERVAL_MS).unref();
  });
  process.on('exit', () => fs.writeFileSync(process.env.HEAPDUMP_TEST_DELAY, String(max)));
}
