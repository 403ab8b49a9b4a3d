'use strict';
// The viewed snapshots, opened one after the other in the given order.

const fs = require('node:fs');
const path = require('node:path');
const { describe } = require('../report/describe.js');
const { profilesOf } = require('../analysis/allocation-tree.js');
const { openFile } = require('../analysis/snapshot.js');

/** A file and, once it is opened, its snapshot. */
class Item {
  status = 'waiting';
  progress = null;
  error = null;
  snapshot = null;
  /** Data about the snapshot: `SnapshotInfo` in web/src/source.ts. */
  info = null;

  constructor(file, profile) {
    this.file = file;
    this.profile = profile;
    this.fileSize = fs.statSync(file).size;
    this.opened = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.opened.catch(() => {}); // Those who wait for it get the rejection.
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
      this.info = describe(this.snapshot, this.file, this.profile);
      this.status = 'ready';
      this.resolve(this.snapshot);
    } catch (error) {
      Object.assign(this, { status: 'failed', error });
      this.reject(error);
    }
  }

  /** Returns the state for the page. */
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

  /**
   * Throws if a file does not exist.
   *
   * @param {string[]} files
   * @param {string[]} [profiles] see `profilesOf()`
   */
  constructor(files, profiles) {
    const known = profilesOf(files, profiles);
    this.#items = files.map((file, at) => new Item(file, known[at]));
  }

  get length() {
    return this.#items.length;
  }

  /** Opens all files. Resolves when done, even if some failed. */
  async open() {
    // One after the other: opening them concurrently would only need more memory.
    for (const item of this.#items) await item.open(this.#controller.signal);
  }

  /** Resolves with the snapshot of the file at `index` when it is open. */
  at(index) {
    return this.#items[index].opened;
  }

  all() {
    return Promise.all(this.#items.map(({ opened }) => opened));
  }

  /** Resolves with all snapshots and their allocation profiles when they are open. */
  async recorded() {
    await this.all();
    return this.#items.map(({ snapshot, profile }) => ({ snapshot, profile }));
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
