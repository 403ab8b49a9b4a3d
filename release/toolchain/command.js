'use strict';
// Runs other programs, explains a missing one, and writes scripts.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

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

/**
 * Writes a shell script and returns its path. Written only once, because cargo would rebuild everything after a change of its mtime.
 */
function script(file, text) {
  const whole = `#!/bin/sh\n${text}\n`;
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== whole) fs.writeFileSync(file, whole, { mode: 0o755 });
  return file;
}

module.exports = { NeedsError, command, script };
