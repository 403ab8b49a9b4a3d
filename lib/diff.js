'use strict';
// `diff()`: what came and went between two snapshots of one process.

const { DIFF_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions, checks } = require('./validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Groups of new objects to return when the options do not say. */
const DEFAULT_GROUPS = 20;

const OPTIONS = { ...DIFF_OPTIONS, newObjects: checks.rows };

/** Wrong arguments throw; everything else rejects. */
function diff(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const { signal, onProgress, newObjects = DEFAULT_GROUPS, ...list } = checkOptions(options, { ...OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(sources, work, async (...snapshots) => {
    const [base, current] = snapshots.map(nativeOf);
    // First, because it refuses snapshots of different processes.
    const groups = await follow(work, (control) => current.newObjects(base, { limit: newObjects }, control));
    const comparison = await follow(work, (control) => current.diff(base, list, control));
    return { ...comparison, newObjects: groups };
  });
}

/** The same, blocking. */
function diffSync(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const checked = checkOptions(options, OPTIONS);
  return withSnapshotsSync(sources, (base, current) => compareSync(nativeOf(base), nativeOf(current), checked));
}

/** The same for native snapshots. */
function compareSync(base, current, { newObjects = DEFAULT_GROUPS, ...list }) {
  const groups = current.newObjectsSync(base, { limit: newObjects });
  return { ...current.diffSync(base, list), newObjects: groups };
}

module.exports = { compareSync, diff, diffSync };
