'use strict';
// `analyze()`: returns the summary of a snapshot, or of the heap of this thread, in one call.

const { LIVE_OPTIONS, V8_OPTIONS, withLive, withLiveSync } = require('./live.js');
const { SUMMARY_OPTIONS } = require('./questions.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS } = require('./work.js');

/** Throws on wrong arguments; rejects on other errors. Without a source, analyses the present heap of this thread. */
function analyze(source, options) {
  if (source === undefined) {
    const checked = checkOptions(options, { ...SUMMARY_OPTIONS, ...LIVE_OPTIONS, ...WORK_OPTIONS });
    return withLive(checked, (snapshot, list, { signal }) => snapshot.summary({ ...list, signal }));
  }
  const snapshot = checkSource('source', source);
  const { signal, onProgress, ...list } = checkOptions(options, { ...SUMMARY_OPTIONS, ...WORK_OPTIONS });
  return withSnapshots([snapshot], { signal, onProgress }, (open) => open.summary({ ...list, signal }));
}

/** The same, blocking. */
function analyzeSync(source, options) {
  if (source === undefined) {
    const checked = checkOptions(options, { ...SUMMARY_OPTIONS, ...V8_OPTIONS });
    return withLiveSync(checked, (snapshot, list) => snapshot.summarySync(list));
  }
  const snapshot = checkSource('source', source);
  const list = checkOptions(options, SUMMARY_OPTIONS);
  return withSnapshotsSync([snapshot], (open) => open.summarySync(list));
}

module.exports = { analyze, analyzeSync };
