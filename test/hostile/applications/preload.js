'use strict';
// Loaded first in every process and thread of an application: `node --require preload.js main.js NAME`.
//
// Writes the file `process-PID` to the working directory when the process handles the signal, and `end-PID` with the observations
// of the process when it ends.

const { isMainThread } = require('node:worker_threads');
const heapdump = require('../../..');

/** Planted in each heap. Their number is known, and each snapshot must contain all of them. */
class Planted {
  constructor(next) {
    this.next = next;
  }
}

if (isMainThread) {
  const fs = require('node:fs');
  const { monitorEventLoopDelay } = require('node:perf_hooks');
  let planted;
  for (let i = 0; i < 1000; i++) planted = new Planted(planted);
  globalThis.planted = planted;
  heapdump.install({ name: `${process.pid}-{seq}.heapsnapshot`, sidecar: true });
  const errors = [];
  heapdump.on('error', ({ message }) => errors.push(message));
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  process.on('exit', () => fs.writeFileSync(`end-${process.pid}`, JSON.stringify({ delayMs: delay.max / 1e6, errors })));
  fs.writeFileSync(`process-${process.pid}`, '');
}
