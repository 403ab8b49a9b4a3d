'use strict';
// Adds to the leaks what `findLeaks()` says: the finding that explains each, and whether the growth is only a cache that fills up.

const { nativeOf } = require('../analysis/snapshot.js');
const { textsFor } = require('../capture/scripts.js');
const { render } = require('../messages.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

/** Where the references of the subject start in the names of findings. The caller knows its function without them. */
const SUBJECT = /underTest\.#fn\./g;

/** The file whose variable retains the function under test, as a location and as a path. */
const SUBJECT_PLACE = /expect-no-leak[\\/]subject\.js:\d+:\d+$/;
const SUBJECT_FILE = /expect-no-leak[\\/]subject\.js$/;

/** Number of references at the end of a finding's path that lead to the growing object: the collection, its entry. */
const LAST_STEPS = 3;

/**
 * Finds the findings that explain the leaks.
 *
 * @param {object[]} leaks
 * @param {Snapshot[]} snapshots
 * @returns {Promise<object[]>} the leaks with `isFilling` and, if there is one, `finding`; without tables that no rule
 *   reports as gaining entries
 */
async function judge(leaks, snapshots) {
  if (leaks.length === 0) return leaks;
  const natives = snapshots.map(nativeOf);
  const texts = textsFor(natives);
  // The rules need rounds of equal length, as the first ones are. Only the later ones show the growth steps of large tables.
  const findings = await findingsOf(natives.slice(0, 3), texts);
  const later = natives.length > 3 ? await findingsOf(natives.slice(-3), texts) : [];
  const explained = leaks.map((leak) => {
    const finding = explaining(leak, findings) ?? explaining(leak, later);
    return { ...leak, finding, isFilling: finding?.isFilling === true };
  });
  // The size of a table alone does not show that it gains entries: a table that was full for a while, such as a queue of messages
  // to a test runner, keeps its size.
  return explained.filter(({ countPerIteration, finding }) => countPerIteration > 0 || finding !== undefined);
}

async function findingsOf(natives, texts) {
  const findings = await natives.at(-1).findings(natives.slice(0, -1), texts);
  return findings.filter(({ severity, evidence }) => severity !== 'waste' && evidence.growthPerStep !== 0).map(withoutSubject);
}

/** Returns the finding about the object that owns or holds the leaked objects. */
function explaining({ owner, example, path }, findings) {
  const held = new Set([owner, example, ...path].map(({ id }) => id));
  const isAbout = (steps) => steps.slice(-LAST_STEPS).some(({ id }) => held.has(id));
  return (
    findings.find((finding) => finding.path.some(({ id }) => id === owner.id) && isAbout(finding.path)) ??
    findings.find((finding) => finding.path.slice(-2).some(({ id }) => held.has(id)))
  );
}

/** Returns a finding without the references that belong to this assertion. */
function withoutSubject(finding) {
  const { culprit, frames } = finding;
  const messages = withoutNames(finding.messages);
  const isOurs = (location) => location !== undefined && SUBJECT_FILE.test(location.file);
  return {
    ...finding,
    title: render('en', [messages.title]),
    sentence: render('en', messages.sentence),
    fix: render('en', [messages.fix]),
    messages,
    culprit: isOurs(culprit.location) ? { ...culprit, location: undefined } : culprit,
    path: belowSubject(finding.path),
    frames: frames.filter(({ location }) => !isOurs(location)),
  };
}

/** Returns messages in which names start at the function under test, without the location of the variable that retains it. */
function withoutNames(value) {
  if (typeof value === 'string') return value.replace(SUBJECT, '');
  if (Array.isArray(value)) return value.map(withoutNames);
  if (typeof value !== 'object') return value;
  const known = Object.entries(value).filter(([, one]) => !SUBJECT_PLACE.test(one));
  return Object.fromEntries(known.map(([name, one]) => [name, withoutNames(one)]));
}

/** Returns the part of a path after the function under test, if it leads through it. */
function belowSubject(path) {
  const at = path.findIndex(({ what }) => what.startsWith(SubjectOfExpectNoLeak.name));
  if (at < 0) return path;
  return path.slice(at + 1).map((step, k) => (k === 0 ? { ...step, edge: 'the function under test' } : step));
}

module.exports = { judge };
