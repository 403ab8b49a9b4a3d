'use strict';
// How commands say that a process is not dumped.

const { EXIT } = require('../kit/exit.js');
const { describe } = require('./find.js');

/** There will be no dump: the reason, the exit code, and a code for programs if there is one. */
class Refusal extends Error {
  constructor(message, { exit = EXIT.input, code } = {}) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}

/** How messages name a process. */
const named = (target) => `process ${target.pid} (${describe(target)})`;

/** Prints a line on stderr. */
const note = (line) => process.stderr.write(`heapdump-rs: ${line}\n`);

/** Prints why there is no dump, and returns the exit code. Rethrows other errors. */
function reportRefusal(error) {
  if (!(error instanceof Refusal)) throw error;
  const lines = error.message.split('\n');
  if (error.code) lines.push(`${lines.pop()} (${error.code})`);
  for (const line of lines) note(line);
  return error.exit;
}

module.exports = { Refusal, named, note, reportRefusal };
