'use strict';
// Where `leaks` has its snapshots: a private directory that goes with the command, or one that the user names.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { move } = require('../kit/files.js');

class Files {
  #directory;
  #isKept;
  /** Paths of snapshots, oldest first. */
  snapshots = [];

  /** @param {string} [keep] a directory that stays */
  constructor(keep) {
    this.#isKept = keep !== undefined;
    if (this.#isKept) fs.mkdirSync(keep, { recursive: true, mode: 0o700 });
    this.#directory = this.#isKept ? path.resolve(keep) : fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-leaks-'));
    // A second Ctrl+C ends the process.
    process.on('exit', this.remove);
  }

  /** Takes over a snapshot, and what was written beside it. */
  adopt({ path: file, sources }) {
    for (const one of [file, sources]) if (one) move(one, path.join(this.#directory, path.basename(one)));
    this.snapshots.push(path.join(this.#directory, path.basename(file)));
  }

  /** Removes the private directory. */
  remove = () => {
    process.removeListener('exit', this.remove);
    if (!this.#isKept) fs.rmSync(this.#directory, { recursive: true, force: true });
  };
}

module.exports = { Files };
