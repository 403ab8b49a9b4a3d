'use strict';
// Builds the addon of these tests, once for all of them.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

/** Returns the path of the addon in `directory`; `undefined` where there is no compiler. */
function build(directory) {
  const file = path.join(directory, 'native.node');
  const rest = ['--edition=2024', '--crate-type=cdylib', '-O', '-Cpanic=abort', '-o', file, path.join(__dirname, 'addon.rs')];
  const { status, error, stderr } = spawnSync('rustc', rest, { encoding: 'utf8' });
  if (error?.code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(stderr);
  return file;
}

/** Numbers of the addon for its kinds of allocation. */
const HOW = { malloc: 0, mmap: 1, shared: 2 };

module.exports = { HOW, build };
