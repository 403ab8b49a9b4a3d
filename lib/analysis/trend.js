'use strict';
// `trend()`: follows constructors and owners over several snapshots of one process.

const { TREND_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSources, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Two snapshots have a difference, not a trend. */
const MIN_SNAPSHOTS = 3;

/** Default number of owners. */
const DEFAULT_OWNERS = 20;

/** Throws on wrong arguments; rejects on other errors. */
function trend(snapshots, options) {
  const sources = checkSources('snapshots', snapshots, MIN_SNAPSHOTS);
  const { signal, onProgress, owners = DEFAULT_OWNERS, ...list } = checkOptions(options, { ...TREND_OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(sources, work, (...opened) => {
    const natives = opened.map(nativeOf);
    const last = natives.pop();
    return follow(work, async (control) => last.trend(natives, { ...list, owners }, control));
  });
}

/** The same, blocking. */
function trendSync(snapshots, options) {
  const sources = checkSources('snapshots', snapshots, MIN_SNAPSHOTS);
  const { owners = DEFAULT_OWNERS, ...list } = checkOptions(options, TREND_OPTIONS);
  return withSnapshotsSync(sources, (...opened) => {
    const natives = opened.map(nativeOf);
    const last = natives.pop();
    return last.trendSync(natives, { ...list, owners });
  });
}

module.exports = { DEFAULT_OWNERS, MIN_SNAPSHOTS, trend, trendSync };
