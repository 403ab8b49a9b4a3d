'use strict';
// Run in a process of its own: does a forked dump work here? Prints `passed`, why not, or that this cannot be said now.

const { capture } = require('./capture.js');
const { decide } = require('./decision.js');
const { forks } = require('./fork.js');

/** Errors that say more about this moment than about forked dumps. */
const PASSING = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ERR_HEAPDUMP_HEADROOM'];

let children = 0;

function attempt() {
  children += 1;
  // Somebody waits for it: at a low priority, it would not end on a busy machine.
  try {
    capture({ path: '/dev/null', method: 'fork', force: true, isUrgent: true, reason: 'probe' }, conclude);
  } catch (error) {
    conclude(error);
  }
}

function conclude(error) {
  const isTriedAgain = error && decide({ mode: 'fork', fallback: false, forks, children, failure: error }).step === 'dump';
  if (isTriedAgain) attempt();
  else if (PASSING.includes(error?.code)) process.stdout.write(`inconclusive: ${error.message}\n`);
  else process.stdout.write(error ? `${error.message}\n` : 'passed\n');
}

attempt();
