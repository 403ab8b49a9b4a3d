'use strict';
// The file with the identities that decrypt snapshots and images.

/** The environment variable that names it where no option does. `--identity` of a command sets it. */
const VARIABLE = 'HEAPDUMP_IDENTITY';

/** Returns the file of an option, else that of the environment; `undefined` if there is neither. */
function identityFor(identity) {
  return identity ?? (process.env[VARIABLE] || undefined);
}

/** Makes `file` the one of this process. */
function useIdentity(file) {
  process.env[VARIABLE] = file;
}

module.exports = { identityFor, useIdentity };
