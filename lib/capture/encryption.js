'use strict';
// Converts the option `encryptTo` to the form that native code takes. Native code encrypts a dump before it reaches the disk.

const { readOptions } = require('./environment.js');

/** Returns the public keys to encrypt a dump to; `undefined` for none. The environment applies to dumps without the option. */
function recipients(encryptTo = readOptions().encryptTo) {
  return typeof encryptTo === 'string' ? [encryptTo] : encryptTo;
}

/** Returns whether a dump with this option is encrypted. */
const isEncrypting = (encryptTo) => recipients(encryptTo) !== undefined;

module.exports = { isEncrypting, recipients };
