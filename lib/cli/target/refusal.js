'use strict';
// Reports why a process is not dumped or profiled.

const { EXIT } = require('../kit/exit.js');
const { stoppable, unlessStopped } = require('../kit/stop.js');
const { describe } = require('./find.js');
const { lives } = require('./processes.js');

/** The reason why there is no dump, with the exit code, and with an error code if there is one. */
class Refusal extends Error {
  constructor(message, { exit = EXIT.input, code } = {}) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}

/** Returns the refusal of a process that cannot be attached to. */
const attachFailure = (message) => new Refusal(message, { code: 'ERR_HEAPDUMP_ATTACH' });

/** Returns the name of a process in messages. */
const named = (target) => `process ${target.pid} (${describe(target)})`;

/** Prints a line on stderr. */
const note = (line) => process.stderr.write(`heapdump-rs: ${line}\n`);

/** Returns the answer of a process that is being profiled, or throws a refusal. */
async function profiled(target, work, abort) {
  try {
    return await unlessStopped(work, abort);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    const reason = lives(target) ? `could not be profiled: ${error.message}` : 'has ended';
    throw new Refusal(`${named(target)} ${reason}`, { exit: EXIT.other, code: error.code });
  }
}

/** Prints why there is no dump and returns the exit code. Rethrows other errors. */
function reportRefusal(error) {
  if (!(error instanceof Refusal)) throw error;
  const lines = error.message.split('\n');
  if (error.code) lines.push(`${lines.pop()} (${error.code})`);
  for (const line of lines) note(line);
  return error.exit;
}

/**
 * Runs a command that dumps a process. A signal ends it, and a refusal is printed.
 * @param {(stop: AbortSignal) => Promise<number|undefined>} work
 * @param {string} instead the advice on Windows
 * @returns {Promise<number|undefined>} the exit code
 */
async function reaching(work, instead) {
  try {
    if (process.platform === 'win32') throw new Refusal(`Windows has no signals to send: ${instead}`, { exit: EXIT.other });
    return await stoppable(work);
  } catch (error) {
    return reportRefusal(error);
  }
}

module.exports = { Refusal, attachFailure, named, note, profiled, reaching };
