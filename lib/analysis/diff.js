'use strict';
// `diff()`: returns the added and removed objects between two snapshots.

const { DIFF_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Default number of groups of new objects. */
const DEFAULT_GROUPS = 20;

/** Throws on wrong arguments; rejects on other errors. */
function diff(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const { signal, onProgress, ...checked } = checkOptions(options, { ...DIFF_OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(sources, work, async (...snapshots) => {
    const [base, current] = snapshots.map(nativeOf);
    const { list, groups, result } = read(checked);
    // First, because it refuses snapshots of different processes.
    const newObjects = groups && (await follow(work, async (control) => current.newObjects(base, groups, control)));
    return result(await follow(work, async (control) => current.diff(base, list, control)), newObjects);
  });
}

/** The same, blocking. */
function diffSync(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const checked = checkOptions(options, DIFF_OPTIONS);
  return withSnapshotsSync(sources, (...snapshots) => {
    const [base, current] = snapshots.map(nativeOf);
    const { list, groups, result } = read(checked);
    const newObjects = groups && current.newObjectsSync(base, groups);
    return result(current.diffSync(base, list), newObjects);
  });
}

/** Converts checked options to those of the native queries, and their answers to one result. */
function read({ newObjects: limit = DEFAULT_GROUPS, by = 'id', ...list }) {
  const byName = by === 'name';
  return {
    list: { ...list, byName },
    // New objects cannot be identified by name.
    groups: byName ? null : { limit },
    result: (comparison, newObjects) => ({ comparedBy: by, ...comparison, newObjects }),
  };
}

module.exports = { diff, diffSync, read };
