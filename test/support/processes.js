'use strict';
// Children of a process, from /proc.

const fs = require('node:fs');

/** Returns the result of reading from /proc; `otherwise` if the process or the thread has ended. */
function attempt(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Returns a file of a process as text; an empty text if the process has ended. */
function read(pid, name) {
  return attempt(() => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8').trim(), '');
}

/** Returns the process ids of the children of `pid`, those of all its threads. */
function childrenOf(pid) {
  return attempt(() => fs.readdirSync(`/proc/${pid}/task`), [])
    .flatMap((thread) => read(pid, `task/${thread}/children`).split(' '))
    .filter(Boolean)
    .map(Number);
}

/** Returns whether a process has ended, and its parent has not asked for its status. */
const isZombie = (pid) => /\) Z /.test(read(pid, 'stat'));

/** Returns whether a process exists, and is not a zombie. */
function isRunning(pid) {
  return fs.existsSync(`/proc/${pid}`) && !isZombie(pid);
}

module.exports = { childrenOf, isRunning, isZombie, read };
