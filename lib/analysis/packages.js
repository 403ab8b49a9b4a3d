'use strict';
// `packages()`: the memory of a heap by npm package.

const { LIVE_OPTIONS, V8_OPTIONS, withLive, withLiveSync } = require('./live.js');
const { SORTS } = require('./questions.js');
const { nativeOf } = require('./snapshot.js');
const { checkSource, checkSources, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { textsFor } = require('../capture/scripts.js');
const { checkOptions, checks } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

const OPTIONS = {
  limit: checks.rows,
  offset: checks.rows,
  sort: checks.oneOf(...SORTS.packages),
  reverse: checks.boolean,
  sourceRoots: checks.sourceRoots,
};

/** Returns the checked snapshots: one, or several of which the first and the last are compared. */
function checkList(sources) {
  return Array.isArray(sources) ? checkSources('sources', sources, 1) : [checkSource('sources', sources)];
}

/** Wrong arguments throw; everything else rejects. Without `sources`: this thread, now. */
function packages(sources, options) {
  if (sources === undefined) {
    const checked = checkOptions(options, { ...OPTIONS, ...LIVE_OPTIONS, ...WORK_OPTIONS });
    return withLive(checked, (snapshot, list, work) => ask([snapshot], list, work));
  }
  const snapshots = checkList(sources);
  const { signal, onProgress, ...list } = checkOptions(options, { ...OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(snapshots, work, (...opened) => ask(opened, list, work));
}

/** The same, blocking. */
function packagesSync(sources, options) {
  if (sources === undefined) {
    return withLiveSync(checkOptions(options, { ...OPTIONS, ...V8_OPTIONS }), (snapshot, list) => askSync([snapshot], list));
  }
  const snapshots = checkList(sources);
  const list = checkOptions(options, OPTIONS);
  return withSnapshotsSync(snapshots, (...opened) => askSync(opened, list));
}

/** What native code is called with: the last snapshot, the earlier ones, the rows to return, and where the scripts are. */
function question(snapshots, { sourceRoots, ...rows }) {
  const earlier = snapshots.map(nativeOf);
  const sources = { sourceRoots, ...textsFor(earlier) };
  return { last: earlier.pop(), earlier, rows, sources };
}

async function ask(snapshots, options, work) {
  const { last, earlier, rows, sources } = question(snapshots, options);
  return follow(work, (control) => last.packages(earlier, rows, sources, control));
}

function askSync(snapshots, options) {
  const { last, earlier, rows, sources } = question(snapshots, options);
  return last.packagesSync(earlier, rows, sources);
}

module.exports = { packages, packagesSync };
