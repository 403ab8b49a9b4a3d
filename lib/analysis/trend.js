'use strict';
// `trend()`: what grows over several snapshots of one process.

const { TREND_OPTIONS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSources, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Two snapshots have a difference, not a trend. */
const FEWEST = 3;

/** Owners to return when the options do not say. */
const DEFAULT_OWNERS = 20;

/** Wrong arguments throw; everything else rejects. */
function trend(snapshots, options) {
  const sources = checkSources('snapshots', snapshots, FEWEST);
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
  const sources = checkSources('snapshots', snapshots, FEWEST);
  const { owners = DEFAULT_OWNERS, ...list } = checkOptions(options, TREND_OPTIONS);
  return withSnapshotsSync(sources, (...opened) => {
    const natives = opened.map(nativeOf);
    const last = natives.pop();
    return last.trendSync(natives, { ...list, owners });
  });
}

module.exports = { DEFAULT_OWNERS, FEWEST, trend, trendSync };
