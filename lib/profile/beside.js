'use strict';
// The allocation profile beside a snapshot.

const { profileBeside } = require('../capture/names.js');
const { openProfile, readProfile } = require('./allocation-profile.js');

/** Returns the profile beside the snapshot `file`; `undefined` if there is none that can be read. */
function openBeside(file) {
  try {
    return openProfile(profileBeside(file));
  } catch {
    return undefined;
  }
}

/** The same, read on the thread pool. */
async function readBeside(file) {
  return readProfile(profileBeside(file)).catch(() => undefined);
}

module.exports = { openBeside, readBeside };
