'use strict';
// `analyze()`: the summary of a snapshot, or of this very process, in one call.

const { LIVE_OPTIONS, V8_OPTIONS, take, takeSync } = require('./live.js');
const { SUMMARY_OPTIONS } = require('./questions.js');
const { checkSource, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions } = require('../validate.js');
const { WORK_OPTIONS } = require('./work.js');

/** Wrong arguments throw; everything else rejects. Without a source: this thread, now. */
function analyze(source, options) {
  if (source === undefined) return analyzeLive(checkOptions(options, { ...SUMMARY_OPTIONS, ...LIVE_OPTIONS, ...WORK_OPTIONS }));
  const snapshot = checkSource('source', source);
  const { signal, onProgress, ...list } = checkOptions(options, { ...SUMMARY_OPTIONS, ...WORK_OPTIONS });
  return withSnapshots([snapshot], { signal, onProgress }, (open) => open.summary({ ...list, signal }));
}

async function analyzeLive({ exposeInternals, exposeNumericValues, wait, signal, onProgress, ...list }) {
  const snapshot = await take({ exposeInternals, exposeNumericValues, wait, signal, onProgress });
  try {
    return await snapshot.summary({ ...list, signal });
  } finally {
    snapshot.close();
  }
}

/** The same, blocking. */
function analyzeSync(source, options) {
  if (source === undefined) return analyzeLiveSync(checkOptions(options, { ...SUMMARY_OPTIONS, ...V8_OPTIONS }));
  const snapshot = checkSource('source', source);
  const list = checkOptions(options, SUMMARY_OPTIONS);
  return withSnapshotsSync([snapshot], (open) => open.summarySync(list));
}

function analyzeLiveSync({ exposeInternals, exposeNumericValues, ...list }) {
  const snapshot = takeSync({ exposeInternals, exposeNumericValues });
  try {
    return snapshot.summarySync(list);
  } finally {
    snapshot.close();
  }
}

module.exports = { analyze, analyzeSync };
