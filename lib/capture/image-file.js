'use strict';
// Recognises a heap image.

const fs = require('node:fs');

/** The first bytes of every image, as in `crates/image/src/header.rs`. */
const MAGIC = Buffer.from('HEAPIMG\x1a', 'latin1');

/** Returns whether `file` is a heap image; `false` if it cannot be read. */
function isImage(file) {
  let fd;
  try {
    // Reading from a pipe would consume its data.
    if (!fs.statSync(file).isFile()) return false;
    fd = fs.openSync(file, 'r');
    const start = Buffer.alloc(MAGIC.length);
    return fs.readSync(fd, start, 0, MAGIC.length, 0) === MAGIC.length && start.equals(MAGIC);
  } catch {
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

module.exports = { isImage };
