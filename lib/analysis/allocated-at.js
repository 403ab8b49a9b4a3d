'use strict';
// Adds to findings where their objects were allocated, from the allocation profile beside the last snapshot. Samples have no ids of
// objects. They are joined by the constructor: V8 records where the constructor of an object begins, in the snapshot and in the stacks
// of the profile, so that its callers are the functions that make such objects. Without a constructor of the program, or if its
// callers do not agree, a finding stays as it is.

const path = require('node:path');
const { profileBeside } = require('../capture/names.js');
const { render } = require('../messages.js');
const { openProfile } = require('../profile/allocation-profile.js');
const { fileOf } = require('./snapshot.js');

/** Minimum number of samples of a site. */
const MIN_SAMPLES = 3;

/** Minimum part of the bytes of a constructor that its main caller has. */
const MIN_SHARE = 0.5;

/** Maximum number of references of an object that are examined. */
const MAX_PROPERTIES = 1000;

/** Maximum number of callers of a site. */
const MAX_CALLERS = 5;

/** Returns the profile beside a snapshot; `undefined` if there is none that can be read. */
function profileOf(snapshot) {
  const file = fileOf(snapshot);
  if (file === undefined) return undefined;
  try {
    return openProfile(profileBeside(file));
  } catch {
    return undefined;
  }
}

/** Returns the path of a script as findings show it: relative to the working directory if it is below it. */
function shownFile(file) {
  const below = path.relative('', file);
  return path.isAbsolute(file) && below !== '' && !below.startsWith('..') ? below : file;
}

const placed = ({ file, line, column, function: name }) => ({ function: name, file: file && shownFile(file), line, column });

/**
 * Returns where the objects of a class are made.
 *
 * @param {import('../profile/allocation-profile.js').AllocationProfile} profile
 * @param {{name: string, location: {scriptId: number, line: number, column: number}}} object
 */
function siteOf(profile, { name, location }) {
  const sites = profile.callersOf(
    ({ functionName, scriptId, lineNumber, columnNumber }) =>
      functionName === name &&
      Number(scriptId) === location.scriptId &&
      lineNumber === location.line &&
      columnNumber === location.column,
  );
  const [site] = sites;
  if (site === undefined || site.file === null || site.file.startsWith('node:')) return undefined;
  const share = site.bytes / sites.reduce((sum, { bytes }) => sum + bytes, 0);
  if (site.sampleCount < MIN_SAMPLES || share < MIN_SHARE) return undefined;
  return {
    ...placed(site),
    class: name,
    callers: site.callers
      .filter(({ file }) => file !== null)
      .slice(0, MAX_CALLERS)
      .map(placed),
    share,
    sampleCount: site.sampleCount,
    // With few samples, another caller may have made the rest.
    confidence: (share * site.sampleCount) / (site.sampleCount + 2),
  };
}

/** Returns the sentence about a site. */
function messageOf({ class: name, callers, sampleCount, share, ...site }) {
  const caller = callers.find((one) => !one.file.startsWith('node:'));
  const names = ({ function: functionName }) => functionName || '(anonymous)';
  const place = ({ file, line, column }) => `${file}:${line}:${column}`;
  const percent = Math.round(100 * share);
  return {
    id: 'allocated-at',
    args: {
      class: name,
      function: names(site),
      place: place(site),
      ...(caller && { caller: names(caller), callerPlace: place(caller) }),
      percent,
      samples: sampleCount,
    },
  };
}

/** Returns the object at the end of a property; `undefined` if it is not among the first ones. */
function propertyOf(snapshot, id, name) {
  return snapshot.childrenSync(id, { limit: MAX_PROPERTIES }).rows.find(({ edge }) => edge === name);
}

/**
 * Returns whether the recorded location of an object is that of its own constructor. Of a generator it is that of its function, which
 * others than the caller resume; of an object of a derived class it can be that of the base, which the derived constructor calls.
 */
function isConstructed(snapshot, { id, location }) {
  const prototype = propertyOf(snapshot, id, '__proto__');
  const constructor = prototype && propertyOf(snapshot, prototype.id, 'constructor');
  const own = constructor?.type === 'closure' ? snapshot.nodeSync(constructor.id).location : null;
  return own !== null && ['scriptId', 'line', 'column'].every((part) => own[part] === location[part]);
}

/** Returns a finding with the site of its objects; the same finding if the profile does not show it. */
function located(finding, snapshot, profile) {
  const id = finding.path.at(-1)?.id;
  if (id === undefined) return finding;
  const { type, name, location } = snapshot.nodeSync(id);
  if (type !== 'object' || !location || !isConstructed(snapshot, { id, location })) return finding;
  const site = siteOf(profile, { name, location });
  if (site === undefined) return finding;
  const message = messageOf(site);
  const { messages } = finding;
  return {
    ...finding,
    sentence: `${finding.sentence} ${render('en', [message])}`,
    messages: { ...messages, sentence: [...messages.sentence, message] },
    allocatedAt: site,
  };
}

/**
 * Returns a report whose findings say where their objects were allocated, as far as the profile beside the snapshot shows it.
 *
 * @param {{findings: object[]}} report
 * @param {import('./snapshot.js').Snapshot} snapshot the last one
 */
function withSites(report, snapshot) {
  const profile = profileOf(snapshot);
  if (profile === undefined) return report;
  return { ...report, findings: report.findings.map((finding) => located(finding, snapshot, profile)) };
}

module.exports = { withSites };
