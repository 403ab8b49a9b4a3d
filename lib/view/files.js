'use strict';
// The snapshots that are looked at: opened one after the other, in the order given.

const fs = require('node:fs');
const path = require('node:path');
const { describe } = require('../report/describe.js');
const { openFile } = require('../analysis/snapshot.js');

/** A file on its way to being a snapshot. */
class Item {
  status = 'waiting';
  progress = null;
  error = null;
  snapshot = null;
  /** What is known about the snapshot: `SnapshotInfo` in web/src/source.ts. */
  info = null;

  constructor(file) {
    this.file = file;
    this.fileSize = fs.statSync(file).size;
    this.opened = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.opened.catch(() => {}); // whoever asks about it is told
  }

  async open(signal) {
    this.status = 'loading';
    try {
      this.snapshot = await openFile(this.file, {
        signal,
        onProgress: (progress) => {
          this.progress = progress;
        },
      });
      this.info = describe(this.snapshot, this.file);
      this.status = 'ready';
      this.resolve(this.snapshot);
    } catch (error) {
      Object.assign(this, { status: 'failed', error });
      this.reject(error);
    }
  }

  /** What the page is told. */
  describe() {
    const { file, fileSize, status, progress, info, error } = this;
    return {
      name: path.basename(file),
      fileSize,
      status,
      progress,
      info,
      error: error && { code: error.code, message: error.message },
    };
  }
}

class Files {
  #items;
  #controller = new AbortController();

  /** Throws if a file is not there. */
  constructor(files) {
    this.#items = files.map((file) => new Item(file));
  }

  get length() {
    return this.#items.length;
  }

  /** Opens all; resolves when that is over, whatever came of it. */
  async open() {
    // Side by side they would only need more memory.
    for (const item of this.#items) await item.open(this.#controller.signal);
  }

  /** The snapshot of the file at `index`, as soon as it is there. */
  at(index) {
    return this.#items[index].opened;
  }

  all() {
    return Promise.all(this.#items.map(({ opened }) => opened));
  }

  describe() {
    return this.#items.map((item) => item.describe());
  }

  close() {
    this.#controller.abort();
    for (const { snapshot } of this.#items) snapshot?.close();
  }
}

module.exports = { Files };
