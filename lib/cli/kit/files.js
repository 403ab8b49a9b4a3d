'use strict';

const fs = require('node:fs');
const path = require('node:path');

/** Moves a file, also to another file system. */
function move(from, to) {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if (error.code !== 'EXDEV') throw error;
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
    fs.chmodSync(to, 0o600);
    fs.unlinkSync(from);
  }
}

/** Moves a snapshot, and the file with texts of scripts beside it, into `directory`. */
function moveDump({ path: file, sources }, directory) {
  for (const one of [file, sources]) if (one) move(one, path.join(directory, path.basename(one)));
}

/**
 * Returns a function that removes a directory. It is also called when this process exits, for example at a second Ctrl+C.
 * @param {string} directory
 */
function removeAtExit(directory) {
  const remove = () => {
    process.removeListener('exit', remove);
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return remove;
}

module.exports = { move, moveDump, removeAtExit };
