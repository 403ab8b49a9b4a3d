'use strict';
// `node --expose-gc run.js PROGRAM`: takes a ledger after each of three rounds, and prints the verdicts and the ledgers as JSON.

const { setImmediate: turn } = require('node:timers/promises');
const { memory } = require('../../../index.js');
const { requireRoom } = require('./heap-room.js');
const { PROGRAMS } = require('./programs.js');

/** Rounds before the first ledger, which allocate everything that is allocated once. */
const WARM_UP = 2;

async function round(step) {
  await step();
  // Finalizers of collected objects run in later iterations of the event loop.
  for (let i = 0; i < 4; i++) {
    await turn();
    global.gc();
  }
}

async function main() {
  requireRoom();
  const { step } = PROGRAMS[process.argv[2]];
  for (let i = 0; i < WARM_UP; i++) await round(step);
  const ledgers = [];
  for (let i = 0; i < 3; i++) {
    await round(step);
    ledgers.push(await memory({ since: ledgers.length > 0 ? ledgers : undefined }));
  }
  process.stdout.write(JSON.stringify(ledgers), () => process.exit(0));
}

main();
