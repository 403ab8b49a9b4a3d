'use strict';
// Checks the snapshots that appear in a directory, and removes them.

const fs = require('node:fs');
const path = require('node:path');
const { open } = require('../../..');
const { readSnapshot } = require('../../support/snapshot.js');

/** The objects that preload.js puts into each heap. */
const PLANTED = 1000;

/** Prefix of their names. */
const pidOf = (name) => Number.parseInt(name, 10);

const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);

class Inspection {
  /** pid -> number of its complete snapshots */
  dumps = new Map();
  /** method of the dump -> number of dumps */
  methods = new Map();
  /** reason for not forking -> number of dumps */
  fallbacks = new Map();
  /** Problems with other snapshots. */
  errors = [];
  #directory;

  constructor(directory) {
    this.#directory = directory;
  }

  get count() {
    return [...this.dumps.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Checks all available snapshots. */
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
    // The sidecar exists before the snapshot does.
    const detail = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
    if (detail.pid !== pid || detail.path !== file) throw new Error(`the sidecar is of ${detail.path} of process ${detail.pid}`);
    count(this.methods, detail.method);
    if (detail.fallback) count(this.fallbacks, detail.fallback);
    const snapshot = await open(file);
    try {
      const { rows } = await snapshot.summary({ match: 'Planted' });
      if (rows[0]?.count !== PLANTED) throw new Error(`has ${rows[0]?.count} of ${PLANTED} objects`);
    } finally {
      snapshot.close();
    }
    // Checks every number of the first snapshot of a process only, because that takes as long as everything else.
    if (!this.dumps.has(pid) && readSnapshot(file).count('Planted') !== PLANTED) throw new Error('objects are missing');
    count(this.dumps, pid);
  }
}

module.exports = { Inspection };
