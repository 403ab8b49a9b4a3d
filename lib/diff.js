'use strict';
// `diff()`: what came and went between two snapshots of one process.

const { DIFF_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('./validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Wrong arguments throw; everything else rejects. */
function diff(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const { signal, onProgress, ...list } = checkOptions(options, { ...DIFF_OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(sources, work, (base, current) => (
    follow(work, (control) => nativeOf(current).diff(nativeOf(base), list, control))
  ));
}

/** The same, blocking. */
function diffSync(before, after, options) {
  const sources = [checkSource('before', before), checkSource('after', after)];
  const list = checkOptions(options, DIFF_OPTIONS);
  return withSnapshotsSync(sources, (base, current) => nativeOf(current).diffSync(nativeOf(base), list));
}

module.exports = { diff, diffSync };
