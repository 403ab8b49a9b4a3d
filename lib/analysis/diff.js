'use strict';
// `diff()`: what came and went between two snapshots.

const { DIFF_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Groups of new objects to return when the options do not say. */
const DEFAULT_GROUPS = 20;

/** Wrong arguments throw; everything else rejects. */
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

/** Makes of options that are checked what the native questions take, and of their answers one. */
function read({ newObjects: limit = DEFAULT_GROUPS, by = 'id', ...list }) {
  const byName = by === 'name';
  return {
    list: { ...list, byName },
    // By name nobody can tell which objects are new.
    groups: byName ? null : { limit },
    result: (comparison, newObjects) => ({ comparedBy: by, ...comparison, newObjects }),
  };
}

module.exports = { diff, diffSync, read };
