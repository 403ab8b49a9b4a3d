'use strict';
// Commands and libraries of the system that a test needs.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

/** Returns whether the command can be run here and exits with 0. */
const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Returns the reason to skip a test that needs `command`; `false` if it is installed. */
const missing = (command, ...args) => !succeeds(command, ...(args.length > 0 ? args : ['--version'])) && `there is no ${command}`;

const LIBRARY_DIRECTORIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/**
 * Finds a jemalloc for `LD_PRELOAD`. Returns its path as `library`; if there is none that this Node can load, the reason to skip a test
 * that needs it as `skip`.
 */
function jemalloc() {
  const library = [
    process.env.HEAPDUMP_TEST_JEMALLOC,
    ...LIBRARY_DIRECTORIES.map((directory) => `${directory}/libjemalloc.so.2`),
  ].find((file) => file && fs.existsSync(file));
  if (!library) return { skip: 'jemalloc is not installed' };
  const { status, stderr } = spawnSync(process.execPath, ['--version'], { env: { LD_PRELOAD: library }, encoding: 'utf8' });
  // glibc runs the program without a library that it cannot load, and prints an error.
  return status === 0 && stderr === ''
    ? { library, skip: false }
    : { skip: `jemalloc cannot be loaded: ${stderr.trim() || status}` };
}

module.exports = { jemalloc, missing, succeeds };
