'use strict';
// `packages()`: returns the memory of a heap by npm package.

const { LIVE_OPTIONS, V8_OPTIONS, withLive, withLiveSync } = require('./live.js');
const { SORTS } = require('./questions.js');
const { checkSource, checkSources, nativeQuery, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions, checks } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

const OPTIONS = {
  limit: checks.rows,
  offset: checks.rows,
  sort: checks.oneOf(...SORTS.packages),
  reverse: checks.boolean,
  sourceRoots: checks.sourceRoots,
};

/** Returns the checked snapshots. Of several, the first one and the last one are compared. */
function checkList(sources) {
  return Array.isArray(sources) ? checkSources('sources', sources, 1) : [checkSource('sources', sources)];
}

/** Throws on wrong arguments; rejects on other errors. Without `sources`, analyses the present heap of this thread. */
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

async function ask(snapshots, { sourceRoots, ...rows }, work) {
  const { last, earlier, native } = nativeQuery(snapshots, { sourceRoots });
  return follow(work, (control) => last.packages(earlier, rows, native, control));
}

function askSync(snapshots, { sourceRoots, ...rows }) {
  const { last, earlier, native } = nativeQuery(snapshots, { sourceRoots });
  return last.packagesSync(earlier, rows, native);
}

module.exports = { packages, packagesSync };
