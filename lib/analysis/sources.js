'use strict';
// The sources of a query: open snapshots, or files that are opened for this query.

const { nativeOf, openFile, openSync } = require('./snapshot.js');
const { textsFor } = require('../capture/scripts.js');
const { checkArgument, checks, wrongArgument, wrongType } = require('../validate.js');

/** Checks an argument that names a snapshot. Returns the snapshot, or a path. */
function checkSource(name, value) {
  return checkArgument(name, source, value);
}

/** Checks an argument that names `min` snapshots or more. */
function checkSources(name, value, min) {
  const list = checkArgument(name, checks.array, value);
  if (list.length < min) throw wrongArgument(name, `must name ${min} snapshots or more`, value);
  return checkEach(name, list);
}

/** Checks the elements of a list of snapshots. */
function checkEach(name, list) {
  return Array.from(list, (one, i) => checkSource(`${name}[${i}]`, one));
}

function source(subject, value) {
  if (nativeOf(value)) return value;
  if (typeof value !== 'string' && !(value instanceof URL)) throw wrongType(subject, 'a path or a Snapshot', value);
  return checks.path(subject, value);
}

/** Calls `ask` with open snapshots. Closes afterwards those that were opened for it. */
async function withSnapshots(sources, work, ask) {
  const opened = [];
  try {
    const snapshots = [];
    // One after the other: in parallel they only need more memory.
    for (const one of sources) {
      const snapshot = nativeOf(one) ? one : await openFile(one, work);
      if (snapshot !== one) opened.push(snapshot);
      snapshots.push(snapshot);
    }
    return await ask(...snapshots);
  } finally {
    for (const snapshot of opened) snapshot.close();
  }
}

/** The same, blocking. */
function withSnapshotsSync(sources, ask) {
  const opened = [];
  try {
    const snapshots = sources.map((one) => {
      if (nativeOf(one)) return one;
      const snapshot = openSync(one);
      opened.push(snapshot);
      return snapshot;
    });
    return ask(...snapshots);
  } finally {
    for (const snapshot of opened) snapshot.close();
  }
}

/** Returns the arguments of a native query about several snapshots, oldest first: the last one, the earlier ones, and options. */
function nativeQuery(snapshots, options) {
  const earlier = snapshots.map(nativeOf);
  const native = { ...options, ...textsFor(earlier) };
  return { last: earlier.pop(), earlier, native };
}

module.exports = { checkEach, checkSource, checkSources, nativeQuery, withSnapshots, withSnapshotsSync };
