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

/** How often `delayMeter()` runs, in milliseconds. */
const METER_INTERVAL_MS = 5;

/**
 * Measures the delay of the event loop of this process: `ms()` returns the longest delay since `reset()`. From each delay it subtracts
 * the time for which the main thread waited for a processor during that delay. The sum of all waiting would hide a call that blocks.
 */
function delayMeter() {
  let longest;
  let turnStart;
  const sample = () => ({ now: performance.now(), starved: starvedMs() });
  const delay = ({ now, starved }) => now - turnStart.now - METER_INTERVAL_MS - (starved - turnStart.starved);
  const reset = () => {
    longest = 0;
    turnStart = sample();
  };
  reset();
  setInterval(() => {
    const end = sample();
    longest = Math.max(longest, delay(end));
    turnStart = end;
  }, METER_INTERVAL_MS).unref();
  // The current turn counts, too.
  return { reset, ms: () => Math.max(longest, delay(sample())) };
}

module.exports = { delayMeter, starvedMs };
