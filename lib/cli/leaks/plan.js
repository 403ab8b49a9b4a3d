'use strict';
// Reads how many snapshots `leaks` takes and the time between them, and waits between them.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { abortError } = require('../../errors.js');
const { wholeNumber } = require('../kit/arguments.js');
const { UsageError } = require('../kit/exit.js');
const { Refusal } = require('../target/refusal.js');

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_COUNT = 3;

/** Minimum number of snapshots that show growth. */
const MIN_COUNT = 2;

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `30s`, `500ms`, `2m`; a number alone is seconds. */
function duration(text) {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`--interval must be a time such as 30s or 2m, not ${JSON.stringify(text)}`);
  return Number(number) * UNITS_MS[unit];
}

/** Reads the options `interval`, `count` and `load`. */
function readPlan({ interval, count, load }) {
  const number = count === undefined ? DEFAULT_COUNT : wholeNumber(count, '--count');
  if (number < MIN_COUNT) throw new UsageError(`--count must be ${MIN_COUNT} or more: growth shows between snapshots`);
  // With --load, the duration of the command is the interval.
  const waitMs = interval === undefined ? (load === undefined ? DEFAULT_INTERVAL_MS : 0) : duration(interval);
  return { count: number, waitMs, load };
}

/** Runs a command line, and waits until it ends. Its output goes to stderr, because stdout has the result. */
async function runLoad(command, stop) {
  if (stop.aborted) throw abortError(stop);
  const child = spawn(command, { shell: true, stdio: ['ignore', 2, 2] });
  const end = () => child.kill();
  stop.addEventListener('abort', end, { once: true });
  const [code, signal] = await once(child, 'close');
  stop.removeEventListener('abort', end);
  if (stop.aborted) throw abortError(stop);
  if (code !== 0) throw new Refusal(`--load: ${JSON.stringify(command)} ended with ${code ?? signal}`);
}

/** Waits between two snapshots. `onWait(leftMs)` is called every second. */
async function wait(ms, stop, onWait) {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    onWait(left);
    await sleep(Math.min(left, 1000), undefined, { signal: stop });
  }
}

module.exports = { DEFAULT_COUNT, DEFAULT_INTERVAL_MS, MIN_COUNT, readPlan, runLoad, wait };
