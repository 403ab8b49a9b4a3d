'use strict';
// Run in a process of its own: does a forked dump work here? Prints `passed`, why not, or that this cannot be said now.

const { capture } = require('./capture.js');
const { ATTEMPTS } = require('./fork.js');

/** Errors that say more about this moment than about forked dumps. */
const PASSING = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ERR_HEAPDUMP_HEADROOM'];

let tried = 0;

function attempt() {
  tried += 1;
  try {
    capture({ path: '/dev/null', method: 'fork', force: true, reason: 'probe' }, conclude);
  } catch (error) {
    conclude(error);
  }
}

function conclude(error) {
  if (error?.code === 'ERR_HEAPDUMP_CHILD' && tried < ATTEMPTS) attempt();
  else if (PASSING.includes(error?.code)) process.stdout.write(`inconclusive: ${error.message}\n`);
  else process.stdout.write(error ? `${error.message}\n` : 'passed\n');
}

attempt();
