'use strict';

const fs = require('node:fs');

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

module.exports = { move };
