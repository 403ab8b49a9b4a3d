'use strict';
// The snapshots in test/fixtures, and the files of the oracle's answers about them.

const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

const FOLDER = path.resolve(__dirname, '../fixtures');
const LATER = '-later';

/**
 * @typedef {object} Fixture
 * @property {string} name
 * @property {string} file the snapshot
 * @property {string} expected the oracle's answers
 * @property {Fixture|null} before the earlier snapshot of the same heap
 */

/** @returns {Fixture[]} in the order of their names, an earlier snapshot before a later one */
function fixtures() {
  const all = new Map();
  for (const entry of fs.readdirSync(FOLDER).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const [, name] = /^(.+)\.heapsnapshot(?:\.gz|\.zst)?$/.exec(entry) ?? [];
    if (name === undefined) continue;
    all.set(name, {
      name,
      file: path.join(FOLDER, entry),
      expected: path.join(FOLDER, `${name}.expected.json.gz`),
      before: name.endsWith(LATER) ? all.get(name.slice(0, -LATER.length)) : null,
    });
  }
  return [...all.values()];
}

/** Reads the answers of the oracle. */
function readExpected(fixture) {
  return JSON.parse(zlib.gunzipSync(fs.readFileSync(fixture.expected)).toString('utf8'));
}

/** Writes the answers of the oracle. */
function writeExpected(fixture, expected) {
  fs.writeFileSync(fixture.expected, zlib.gzipSync(JSON.stringify(expected), { level: 9 }));
}

module.exports = { fixtures, readExpected, writeExpected };
