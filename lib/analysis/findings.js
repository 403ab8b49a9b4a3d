'use strict';
// `findLeaks()` and `leakReport()`: what leaks, told from several snapshots of one process.

const { checkEach, nativeQuery, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions, checks, wrongType } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

const OPTIONS = { limit: checks.rows, showValues: checks.boolean, ignore: ignored, sourceRoots: checks.sourceRoots };

/** Signatures of known leaks, which are left out. */
function ignored(subject, value) {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) throw wrongType(subject, 'an array of strings', value);
  return value;
}

/** Snapshots, oldest first. */
function checkSources(sources) {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw wrongType('The "snapshots" argument', 'an array of paths or Snapshots, of at least one', sources);
  }
  return checkEach('snapshots', sources);
}

/** What native code is to do, and what is done here: ignored findings do not count for the limit. */
function plan({ limit = Infinity, ignore = [], showValues, sourceRoots }) {
  const known = new Set(ignore);
  return {
    native: { showValues, sourceRoots },
    choose: (report) => ({ ...report, findings: report.findings.filter(({ signature }) => !known.has(signature)).slice(0, limit) }),
  };
}

/** Returns findings, growth and conclusion. Wrong arguments throw; everything else rejects. */
function leakReport(snapshots, options) {
  const sources = checkSources(snapshots);
  const { signal, onProgress, ...rest } = checkOptions(options, { ...OPTIONS, ...WORK_OPTIONS });
  const { native, choose } = plan(rest);
  const work = { signal, onProgress };
  return withSnapshots(sources, work, async (...opened) => {
    const query = nativeQuery(opened, native);
    return choose(await follow(work, (control) => query.last.leakReport(query.earlier, query.native, control)));
  });
}

/**
 * The same, blocking.
 * @param {object} [forOthers] `hideContents`: the findings leave this machine, so that frames are without the contents of
 *   strings in code
 */
function leakReportSync(snapshots, options, forOthers = {}) {
  const sources = checkSources(snapshots);
  const { native, choose } = plan(checkOptions(options, OPTIONS));
  return withSnapshotsSync(sources, (...opened) => {
    const query = nativeQuery(opened, { ...native, ...forOthers });
    return choose(query.last.leakReportSync(query.earlier, query.native));
  });
}

/** The findings alone. Not an `async` function: wrong arguments throw. */
function findLeaks(snapshots, options) {
  return leakReport(snapshots, options).then(({ findings }) => findings);
}

/** The same, blocking. */
function findLeaksSync(snapshots, options) {
  return leakReportSync(snapshots, options).findings;
}

module.exports = { findLeaks, findLeaksSync, leakReport, leakReportSync };
