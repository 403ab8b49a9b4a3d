'use strict';
// Looks through the snapshots that appear in a directory, and removes them.

const fs = require('node:fs');
const path = require('node:path');
const { open } = require('../../..');
const { readSnapshot } = require('../../support/snapshot.js');

/** What preload.js puts into each heap. */
const PLANTED = 1000;

/** Names begin with it. */
const pidOf = (name) => Number.parseInt(name, 10);

const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);

class Inspection {
  /** pid -> how many of its snapshots are whole */
  dumps = new Map();
  /** how they were taken -> how many */
  methods = new Map();
  /** why not forked -> how many */
  fallbacks = new Map();
  /** What is wrong with others. */
  errors = [];
  #directory;

  constructor(directory) {
    this.#directory = directory;
  }

  get count() {
    return [...this.dumps.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Looks through all that are there. */
  async run() {
    for (const name of fs.readdirSync(this.#directory).filter((one) => one.endsWith('.heapsnapshot'))) {
      const file = path.join(this.#directory, name);
      try {
        await this.#look(file, pidOf(name));
      } catch (error) {
        this.errors.push(`${name}: ${error.message}`);
      }
      fs.rmSync(`${file}.json`, { force: true });
      fs.rmSync(file);
    }
  }

  async #look(file, pid) {
    // The sidecar is there before the snapshot is.
    const told = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
    if (told.pid !== pid || told.path !== file) throw new Error(`the sidecar is of ${told.path} of process ${told.pid}`);
    count(this.methods, told.method);
    if (told.fallback) count(this.fallbacks, told.fallback);
    const snapshot = await open(file);
    try {
      const { rows } = await snapshot.summary({ match: 'Planted' });
      if (rows[0]?.count !== PLANTED) throw new Error(`has ${rows[0]?.count} of ${PLANTED} objects`);
    } finally {
      snapshot.close();
    }
    // Every number in the first one of a process: that takes as long as all the rest.
    if (!this.dumps.has(pid) && readSnapshot(file).count('Planted') !== PLANTED) throw new Error('objects are missing');
    count(this.dumps, pid);
  }
}

module.exports = { Inspection };
