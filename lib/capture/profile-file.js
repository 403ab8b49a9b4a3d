'use strict';
// The allocation profile beside a dump of `watch({ profile })`: taken before the snapshot, and written when the snapshot is complete.

const { profileBeside } = require('./names.js');
const redaction = require('./redact.js');
const { savedName } = require('./scripts.js');
const { writeWhole, writeWholeNow } = require('./whole-file.js');
const { within } = require('./within.js');

/** Maximum time to write a profile. The file system may never answer, and the snapshot is there already. */
const WRITE_TIMEOUT_MS = 30_000;

/**
 * Takes the profile of a dump. Never throws, because the snapshot is more important.
 *
 * @param {import('../profile/profiler.js').Sampling} sampling
 * @param {{redact?: import('./capture.js').Request['redact']}} request
 * @returns {{text: string}|{reason: string}} the text of a `.heapprofile`, or why there is none
 */
function takeProfile(sampling, { redact }) {
  try {
    const level = redaction.plan(redact);
    if (level?.names) return { reason: "redact: 'strict' removes names that may be data, and a profile has names of functions" };
    return { text: sampling.take().toHeapProfile({ urlOf: level && redactedUrl }) };
  } catch (error) {
    return { reason: `V8 gave no profile: ${error.message}` };
  }
}

/** Returns the URL of a script without data: neither `data:` URLs nor queries. */
const redactedUrl = (url) => savedName({ url }, true) ?? '';

const absent = (reason) => ({ path: null, reason });
const present = (file, text) => ({ path: file, bytes: Buffer.byteLength(text) });

/** Writes the profile beside the snapshot `snapshot`, completely or not at all. */
async function writeProfile(snapshot, { text, reason }) {
  if (text === undefined) return absent(reason);
  const file = profileBeside(snapshot);
  try {
    await within(writeWhole(file, text), WRITE_TIMEOUT_MS, () => new Error('the file system does not answer'));
    return present(file, text);
  } catch (error) {
    return absent(error.message);
  }
}

/** The same, and blocks: for a process that is about to end. */
function writeProfileNow(snapshot, { text, reason }) {
  if (text === undefined) return absent(reason);
  const file = profileBeside(snapshot);
  try {
    writeWholeNow(file, text);
    return present(file, text);
  } catch (error) {
    return absent(error.message);
  }
}

/** Calls `run(request)`, which returns a promise of a result, and writes the profile of the request, if it has one, beside the snapshot. */
function withProfile({ profile, ...request }, run) {
  if (profile === undefined) return run(request);
  const taken = takeProfile(profile, request);
  return run(request).then(async (result) => ({ ...result, profile: await writeProfile(result.path, taken) }));
}

module.exports = { takeProfile, withProfile, writeProfileNow };
