'use strict';
// `findLeaks()` and `leakReport()`: find leaks in several snapshots of one process.

const { withSites, withSitesSync } = require('./allocated-at.js');
const { checkEach, nativeQuery, withSnapshots, withSnapshotsSync } = require('./sources.js');
const { checkOptions, checks, wrongType } = require('../validate.js');
const { fileOf } = require('./snapshot.js');
const { WORK_OPTIONS, follow } = require('./work.js');

const OPTIONS = { limit: checks.rows, showValues: checks.boolean, ignore: ignored, sourceRoots: checks.sourceRoots };

/** Checks the signatures of known leaks, which are left out of the result. */
function ignored(subject, value) {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) throw wrongType(subject, 'an array of strings', value);
  return value;
}

/** Checks a list of snapshots. */
function checkSources(sources) {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw wrongType('The "snapshots" argument', 'an array of paths or Snapshots, of at least one', sources);
  }
  return checkEach('snapshots', sources);
}

/** Returns the options of native code, and the selection that JavaScript makes: ignored findings do not count for the limit. */
function plan({ limit = Infinity, ignore = [], showValues, sourceRoots }) {
  const known = new Set(ignore);
  return {
    native: { showValues, sourceRoots },
    choose: (report) => ({ ...report, findings: report.findings.filter(({ signature }) => !known.has(signature)).slice(0, limit) }),
  };
}

/** Returns findings, growth and conclusion. Throws on wrong arguments; rejects on other errors. */
function leakReport(snapshots, options) {
  const sources = checkSources(snapshots);
  const { signal, onProgress, ...rest } = checkOptions(options, { ...OPTIONS, ...WORK_OPTIONS });
  const { native, choose } = plan(rest);
  const work = { signal, onProgress };
  return withSnapshots(sources, work, async (...opened) => {
    const query = nativeQuery(opened, native);
    const report = choose(await follow(work, (control) => query.last.leakReport(query.earlier, query.native, control)));
    return { ...report, findings: await withSites(report.findings, opened.map(fileOf)) };
  });
}

/**
 * The same, blocking.
 * @param {object} [forOthers] `hideContents`: removes the contents of strings from code frames, for findings that leave this
 *   machine
 */
function leakReportSync(snapshots, options, forOthers = {}) {
  const sources = checkSources(snapshots);
  const { native, choose } = plan(checkOptions(options, OPTIONS));
  return withSnapshotsSync(sources, (...opened) => {
    const query = nativeQuery(opened, { ...native, ...forOthers });
    const report = choose(query.last.leakReportSync(query.earlier, query.native));
    return { ...report, findings: withSitesSync(report.findings, opened.map(fileOf)) };
  });
}

/** Returns the findings only. Not an `async` function, so that wrong arguments throw. */
function findLeaks(snapshots, options) {
  return leakReport(snapshots, options).then(({ findings }) => findings);
}

/** The same, blocking. */
function findLeaksSync(snapshots, options) {
  return leakReportSync(snapshots, options).findings;
}

module.exports = { findLeaks, findLeaksSync, leakReport, leakReportSync };
