'use strict';
// Runs the work of a program: a warm-up, then three rounds of equal work with a snapshot after each.
// `node [--expose-gc] PROGRAM FOLDER` writes s1, s2 and s3.heapsnapshot to FOLDER. Without FOLDER the program works for as
// long as it runs, like a service; test/leaks/attached.js takes snapshots of it from outside.

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const v8 = require('node:v8');
const { setTimeout: sleep } = require('node:timers/promises');

/** Number of garbage collections before each snapshot of `measure`. */
const GC_COUNT = 6;

/** Pause between two steps of a program that runs like a service, in milliseconds. */
const PAUSE_MS = 25;

/** Calls `step(n)` until the process ends. */
async function work(step) {
  console.log('ready');
  for (let n = 0; ; n++) {
    await step(n);
    await sleep(PAUSE_MS);
  }
}

/**
 * Calls `step(n)` `warmup` times, and then `steps` times before each snapshot. `n` counts all calls.
 * `settle` runs before each snapshot. Ends the process.
 */
async function takeSnapshots(step, { warmup, steps, settle }) {
  if (process.argv[2] === undefined) return work(step);
  const folder = path.resolve(process.argv[2]);
  fs.mkdirSync(folder, { recursive: true });
  let n = 0;
  for (let i = 0; i < warmup; i++) await step(n++);
  for (const round of [1, 2, 3]) {
    for (let i = 0; i < steps; i++) await step(n++);
    await settle();
    v8.writeHeapSnapshot(path.join(folder, `s${round}.heapsnapshot`));
  }
  process.exit(0);
}

/** Runs one of our own programs (test/leaks/programs): 40 steps per round. */
function run(step, settle = () => {}) {
  return takeSnapshots(step, {
    warmup: 5,
    steps: 40,
    settle: async () => {
      await settle();
      await new Promise((resolve) => { setImmediate(resolve); });
    },
  });
}

/**
 * Runs a program with real packages (test/leaks/field): `n` steps per round after `warmup` steps. `settle` is the time in
 * milliseconds for sockets and finalizers before each snapshot.
 */
function measure(step, { warmup = 300, n = 300, settle = 300 } = {}) {
  return takeSnapshots(step, {
    warmup,
    steps: n,
    settle: async () => {
      for (let i = 0; i < GC_COUNT; i++) {
        await sleep(settle / GC_COUNT);
        globalThis.gc?.();
      }
    },
  });
}

/** Sends a request to a server on this machine and reads the answer. */
function get(port, url = '/', { method = 'GET', headers, body, agent } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path: url, method, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => { text += part; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

module.exports = { get, measure, run };
