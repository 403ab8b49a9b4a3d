'use strict';
// `analyze()`: the summary of a snapshot in one call.

const { SUMMARY_OPTIONS } = require('./questions.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('./validate.js');
const { WORK_OPTIONS } = require('./work.js');

/** Wrong arguments throw; everything else rejects. */
function analyze(source, options) {
  const snapshot = checkSource('source', source);
  const { signal, onProgress, ...list } = checkOptions(options, { ...SUMMARY_OPTIONS, ...WORK_OPTIONS });
  return withSnapshots([snapshot], { signal, onProgress }, (open) => open.summary({ ...list, signal }));
}

/** The same for a file or a snapshot, blocking. */
function analyzeSync(source, options) {
  const snapshot = checkSource('source', source);
  const list = checkOptions(options, SUMMARY_OPTIONS);
  return withSnapshotsSync([snapshot], (open) => open.summarySync(list));
}

module.exports = { analyze, analyzeSync };
