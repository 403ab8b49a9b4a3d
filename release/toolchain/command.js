'use strict';
// Runs other programs, and explains a missing one.

const { spawnSync } = require('node:child_process');

/** Something is not installed. */
class NeedsError extends Error {
  constructor(what) {
    super(`needs ${what}`);
  }
}

/** Returns the output of `program`; throws if it fails. */
function command(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (error?.code === 'ENOENT') throw new NeedsError(`${program}, which is not installed`);
  if (error) throw error;
  if (status !== 0) throw new NeedsError(`\`${program} ${args.slice(-3).join(' ')}\` to succeed:\n${stderr}`);
  return stdout;
}

module.exports = { NeedsError, command };
