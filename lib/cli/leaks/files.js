'use strict';
// The snapshots of `leaks`: in a private directory that is removed with the command, or in one that the user names.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { moveDump, removeAtExit } = require('../kit/files.js');

class Files {
  #directory;
  /** Paths of snapshots, oldest first. */
  snapshots = [];
  /** RSS of the process before and after each dump: `{ before, after }`, in bytes. */
  rss = [];
  /** Removes the private directory. */
  remove = () => {};

  /** @param {string} [keep] a directory that is not removed */
  constructor(keep) {
    if (keep === undefined) {
      this.#directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-leaks-'));
      this.remove = removeAtExit(this.#directory);
    } else {
      fs.mkdirSync(keep, { recursive: true, mode: 0o700 });
      this.#directory = path.resolve(keep);
    }
  }

  /**
   * Moves a snapshot, and the file with texts of scripts beside it, into the directory. `rss`: of the process before and after the
   * dump.
   */
  adopt(dump, rss) {
    moveDump(dump, this.#directory);
    this.snapshots.push(path.join(this.#directory, path.basename(dump.path)));
    this.rss.push(rss);
  }
}

module.exports = { Files };
