'use strict';

/** The option of every command that reads encrypted files. `main.js` gives it to the process. */
const IDENTITY_OPTION = {
  identity: {
    type: 'string',
    value: 'KEYFILE',
    about: 'the secret keys for encrypted files, as age-keygen writes them (HEAPDUMP_IDENTITY)',
  },
};

module.exports = { IDENTITY_OPTION };
