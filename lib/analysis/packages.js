'use strict';
// `packages()`: the memory of a heap by npm package.

const { LIVE_OPTIONS, V8_OPTIONS, take, takeSync } = require('./live.js');
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
  if (sources === undefined) return packagesLive(checkOptions(options, { ...OPTIONS, ...LIVE_OPTIONS, ...WORK_OPTIONS }));
  const snapshots = checkList(sources);
  const { signal, onProgress, ...list } = checkOptions(options, { ...OPTIONS, ...WORK_OPTIONS });
  const work = { signal, onProgress };
  return withSnapshots(snapshots, work, (...opened) => ask(opened, list, work));
}

async function packagesLive({ exposeInternals, exposeNumericValues, wait, signal, onProgress, ...list }) {
  const snapshot = await take({ exposeInternals, exposeNumericValues, wait, signal, onProgress });
  try {
    return await ask([snapshot], list, { signal, onProgress });
  } finally {
    snapshot.close();
  }
}

/** The same, blocking. */
function packagesSync(sources, options) {
  if (sources === undefined) return packagesLiveSync(checkOptions(options, { ...OPTIONS, ...V8_OPTIONS }));
  const snapshots = checkList(sources);
  const list = checkOptions(options, OPTIONS);
  return withSnapshotsSync(snapshots, (...opened) => askSync(opened, list));
}

function packagesLiveSync({ exposeInternals, exposeNumericValues, ...list }) {
  const snapshot = takeSync({ exposeInternals, exposeNumericValues });
  try {
    return askSync([snapshot], list);
  } finally {
    snapshot.close();
  }
}

/** What native code is called with: the last snapshot, the earlier ones, and options. */
function question(snapshots, options) {
  const earlier = snapshots.map(nativeOf);
  const native = { ...options, ...textsFor(earlier) };
  return { last: earlier.pop(), earlier, native };
}

async function ask(snapshots, options, work) {
  const { last, earlier, native } = question(snapshots, options);
  return follow(work, (control) => last.packages(earlier, native, control));
}

function askSync(snapshots, options) {
  const { last, earlier, native } = question(snapshots, options);
  return last.packagesSync(earlier, native);
}

module.exports = { packages, packagesSync };
