'use strict';
// The fork self-test, run in a helper process. Prints `passed`, why forked dumps fail here, or `inconclusive` and a reason.

const fs = require('node:fs');
const { capture } = require('./capture.js');
const { decide } = require('./decision.js');
const { forks } = require('./fork.js');

/** Errors of a temporary shortage. They say nothing about forked dumps. */
const TEMPORARY = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ERR_HEAPDUMP_HEADROOM'];

/** Devices that accept everything. In a container, a regular file can stand in the place of one. */
const SINKS = ['/dev/null', '/dev/zero'];

const isDevice = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isCharacterDevice();
const sink = SINKS.find(isDevice) ?? SINKS[0];

let children = 0;

function attempt() {
  children += 1;
  // Urgent, because a dump waits for the result. At a low priority the self-test would not end on a busy machine.
  try {
    capture({ path: sink, method: 'fork', force: true, isUrgent: true, reason: 'probe' }, conclude);
  } catch (error) {
    conclude(error);
  }
}

function conclude(error) {
  const isTriedAgain = error && decide({ mode: 'fork', fallback: false, forks, children, failure: error }).step === 'dump';
  if (isTriedAgain) attempt();
  else if (TEMPORARY.includes(error?.code)) process.stdout.write(`inconclusive: ${error.message}\n`);
  else process.stdout.write(error ? `${error.message}\n` : 'passed\n');
}

attempt();
