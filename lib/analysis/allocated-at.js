'use strict';
// Adds to findings where their objects were allocated.
//
// Allocation stacks in the last snapshot say it exactly. Without them, an allocation profile beside the last snapshot does, whose
// samples have no ids of objects. They are joined by the first of these that applies:
// - by constructor: V8 records where the constructor of an object begins, in the snapshot and in the stacks of the profile, and its
//   callers make the objects;
// - by source: the function around a closure creates it, and its scope;
// - by size: a function that allocated as many living objects of a size as the finding has, if hardly any other objects have it.

const path = require('node:path');
const { render } = require('../messages.js');
const { openBeside, readBeside } = require('../profile/beside.js');
const { scriptPath } = require('../script-path.js');

/** Minimum number of samples of a site. */
const MIN_SAMPLES = 3;

/** Minimum part of the objects or bytes that a site of a profile has. */
const MIN_SHARE = 0.5;

/** A site below it is not named. */
const MIN_CONFIDENCE = 0.25;

/** Maximum confidence in a site by size, unless the sizes prove it. */
const MAX_UNPROVEN = 0.65;

/** Maximum number of callers of a site, and more up to the first one of the application. */
const MAX_CALLERS = 5;

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

/** Returns the path of a script as findings show it: relative to the working directory if it is below it. */
function shownFile(file) {
  const below = path.relative('', file);
  return path.isAbsolute(file) && below !== '' && !below.startsWith('..') ? below : file;
}

const isScript = ({ file }) => file !== null && file !== '';
const isInternal = ({ file }) => file.startsWith('node:');
const isOfApplication = (frame) => !isInternal(frame) && !/[\\/]node_modules[\\/]/.test(frame.file);

const placed = ({ file, line, column, function: name }) => ({ function: name, file: shownFile(file), line, column });

/** Returns the callers to show. The nearest one of the application is among them. */
function shownCallers(callers) {
  const scripts = callers.filter(isScript);
  const own = scripts.findIndex(isOfApplication);
  return scripts.filter((_, at) => at < MAX_CALLERS || at === own).map(placed);
}

/** Returns the site that allocation stacks show. */
function byStacks({ class: name, stack: { frames, count, of } }) {
  const [site, ...callers] = frames.map(({ script, ...frame }) => ({ ...frame, file: scriptPath(script) }));
  const share = count / of;
  return {
    ...placed(site),
    source: 'stacks',
    class: name,
    callers: shownCallers(callers),
    share,
    objectCount: count,
    confidence: 1,
  };
}

/**
 * Returns a site of a profile; `undefined` if it has few samples, or others have most of them.
 *
 * @param {number} sureness from 0 to 1, given enough samples
 */
function bySamples(site, { class: name, share, sureness }) {
  if (!isScript(site) || isInternal(site) || site.sampleCount < MIN_SAMPLES || share < MIN_SHARE) return undefined;
  const { sampleCount } = site;
  // With few samples, another function may have made the rest.
  const confidence = (sureness * sampleCount) / (sampleCount + 2);
  if (confidence < MIN_CONFIDENCE) return undefined;
  return { ...placed(site), source: 'profile', class: name, callers: shownCallers(site.callers), share, sampleCount, confidence };
}

/** Returns a test whether a function of a profile begins at a place. */
const beginsAt =
  ({ scriptId, line, column }) =>
  ({ scriptId: script, lineNumber, columnNumber }) =>
    Number(script) === scriptId && lineNumber === line && columnNumber === column;

/** Returns the main caller of the constructor of the objects. */
function byConstructor({ class: name, constructor }, { profile }) {
  const isConstructor = beginsAt(constructor);
  const sites = profile.callersOf((frame) => frame.functionName === name && isConstructor(frame));
  if (sites.length === 0) return undefined;
  const share = sites[0].bytes / sum(sites, ({ bytes }) => bytes);
  return bySamples(sites[0], { class: name, share, sureness: share });
}

/** Returns a range that the bytes of a site, estimated from samples, are likely in. */
function likely({ bytes, sampleCount }) {
  const deviation = bytes / Math.sqrt(sampleCount);
  return { min: bytes - 2 * deviation, max: bytes + 2 * deviation };
}

/** Returns the sizes with which the objects of a finding can have been allocated. */
const ownSizes = ({ sizes }) => sizes.filter(({ count }) => count > 0).map(({ bytes }) => bytes);

/** Returns the function around the closures or scopes of a finding, if it allocated enough bytes in objects of their size. */
function bySource({ enclosing, ...members }, { profile }) {
  const [site] = profile.sitesOf(ownSizes(members), beginsAt(enclosing));
  if (site === undefined || likely(site).max < MIN_SHARE * members.bytes) return undefined;
  return bySamples(site, { class: members.class, share: 1, sureness: 1 });
}

/**
 * Returns the function that has most samples of the sizes of the objects. Other functions have allocated at most the rest of these
 * samples. This presumes that the objects have these sizes in the profile, too, which fails if V8 has allocated several objects at once
 * or has shrunk them later. It is proven if the heap has too few other objects with the same samples for the bytes of the function.
 */
function bySize(members, { profile, isOfNew }) {
  const own = ownSizes(members);
  const sites = profile.sitesOf(own);
  if (sites.length === 0) return undefined;
  const [site] = sites;
  const { min, max } = likely(site);
  const bytes = sum(sites, (one) => one.bytes);
  const least = 1 - (bytes - site.bytes) / members.bytes;
  if (max < MIN_SHARE * members.bytes || least < MIN_SHARE) return undefined;
  const samples = new Set(own.map((size) => profile.bytesOfSample(size)));
  const alike = members.sizes.filter((size) => samples.has(profile.bytesOfSample(size.bytes)));
  const heapBytes = sum(alike, (size) => size.bytes * (isOfNew ? size.new : size.inHeap));
  const otherBytes = heapBytes - sum(alike, (size) => size.bytes * size.count);
  const isProven = min <= heapBytes && min - otherBytes >= MIN_SHARE * members.bytes;
  return bySamples(site, { class: members.class, share: site.bytes / bytes, sureness: least * (isProven ? 1 : MAX_UNPROVEN) });
}

/** How to find a site, the surest join first: the id of the message, whether it applies, and the join. */
const JOINS = [
  ['allocated-at.stacks', ({ stack }) => stack, byStacks],
  ['allocated-at', ({ constructor }, { profile }) => constructor && profile, byConstructor],
  ['allocated-at.source', ({ enclosing }, { profile }) => enclosing && profile?.intervalBytes, bySource],
  ['allocated-at.size', (_, { profile }) => profile?.intervalBytes, bySize],
];

/** Returns the sentence about a site. */
function messageOf(id, { class: name, callers, sampleCount, objectCount, share, ...site }) {
  const caller = callers.find(isOfApplication) ?? callers.find((one) => !isInternal(one));
  const names = ({ function: functionName }) => functionName || '(anonymous)';
  const place = ({ file, line, column }) => `${file}:${line}:${column}`;
  return {
    id,
    args: {
      class: name,
      function: names(site),
      place: place(site),
      ...(caller && { caller: names(caller), callerPlace: place(caller) }),
      percent: Math.round(100 * share),
      ...(sampleCount === undefined ? { count: objectCount } : { samples: sampleCount }),
    },
  };
}

/** Returns a finding with the site of its objects in place of `members`. */
function located({ members, ...finding }, samples) {
  for (const [id, applies, join] of members ? JOINS : []) {
    const allocatedAt = applies(members, samples) ? join(members, samples) : undefined;
    if (allocatedAt === undefined) continue;
    const message = messageOf(id, allocatedAt);
    return {
      ...finding,
      sentence: `${finding.sentence} ${render('en', [message])}`,
      messages: { ...finding.messages, sentence: [...finding.messages.sentence, message] },
      allocatedAt,
    };
  }
  return finding;
}

/** Returns the profile of the objects that are new since the first snapshot; of all if the first snapshot has no profile. */
function samplesOf([first, last]) {
  try {
    if (first && last) return { profile: last.since(first), isOfNew: true };
  } catch {
    // Of another start of the profiler.
  }
  return { profile: last, isOfNew: false };
}

/** Returns the files of the first snapshot, if there are several, and of the last one. Profiles are read only if they can help. */
function filesToRead(findings, files) {
  if (findings.every(({ members }) => !members || members.stack)) return [undefined, undefined];
  return [files.length > 1 ? files[0] : undefined, files.at(-1)];
}

/**
 * Returns findings with `allocatedAt` as far as the last snapshot, or the profiles beside the snapshots, show it. Profiles are read on
 * the thread pool.
 *
 * @param {object[]} findings from native code
 * @param {(string|undefined)[]} files of the snapshots, oldest first
 */
async function withSites(findings, files) {
  const profiles = filesToRead(findings, files).map((file) => file && readBeside(file));
  const samples = samplesOf(await Promise.all(profiles));
  return findings.map((finding) => located(finding, samples));
}

/** The same, blocking. */
function withSitesSync(findings, files) {
  const samples = samplesOf(filesToRead(findings, files).map((file) => file && openBeside(file)));
  return findings.map((finding) => located(finding, samples));
}

module.exports = { withSites, withSitesSync };
