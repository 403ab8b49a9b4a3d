'use strict';
// Arguments of the native export of Parquet tables.

const fs = require('node:fs');
const path = require('node:path');
const { knownFields, readSidecar } = require('./sidecar.js');
const { textsFor } = require('../capture/scripts.js');
const { checks } = require('../validate.js');

/** Options of the tables, and of their directory. */
const TABLE_OPTIONS = {
  to: checks.path,
  graph: checks.boolean,
  showValues: checks.boolean,
  service: checks.path,
  host: checks.path,
  release: checks.path,
  sourceRoots: checks.sourceRoots,
};

const UNKNOWN = 'unknown';

/** Returns facts about a snapshot: its file, and when it was taken, from its sidecar or the time of the last change. */
function factsOf(file) {
  const { time, node, pid } = knownFields(readSidecar(file));
  return {
    file,
    snapshot: path.basename(file).replace(/(\.heapsnapshot)?(\.gz|\.zst)?(\.age)?$/, '') || UNKNOWN,
    takenAtMs: time === undefined ? fs.statSync(file).mtimeMs : Date.parse(time),
    nodeVersion: node,
    pid: pid >= 0 && pid <= 0xffffffff ? Math.trunc(pid) : undefined,
  };
}

/** Facts of a snapshot without a file. */
const NO_FACTS = { file: '', snapshot: 'snapshot' };

/**
 * Returns the arguments of the native call: options of the export, and of findings.
 *
 * @param {object} native the native snapshot
 * @param {object} options checked, see `TABLE_OPTIONS`
 * @param {object} facts of `factsOf`
 */
function nativeArguments(
  native,
  { to, graph = false, showValues = false, service = UNKNOWN, host = UNKNOWN, release, sourceRoots },
  facts,
) {
  const taken = new Date(facts.takenAtMs ?? Date.now());
  const date = taken.toISOString().slice(0, 10);
  return [
    { directory: path.resolve(to), graph, showValues, service, host, release, date, ...facts },
    { showValues, sourceRoots, ...textsFor([native]) },
  ];
}

module.exports = { NO_FACTS, TABLE_OPTIONS, factsOf, nativeArguments };
