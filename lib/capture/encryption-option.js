'use strict';
// Checks the option `encryptTo`: the public keys of those who can read a dump.

const binding = require('../binding.js');
const { wrongType, wrongValue } = require('../validate.js');

/** Accepts a public key of age, or a list of them. Returns the list. */
function check(subject, value) {
  const keys = Array.isArray(value) ? value : [value];
  if (!keys.every((key) => typeof key === 'string')) throw wrongType(subject, 'a string or an array of strings', value);
  // The message does not show the value: it may be a secret key.
  const problem = keys.length === 0 ? 'no public key is given' : keys.map((key) => binding.recipientProblem(key)).find(Boolean);
  if (problem) throw wrongValue('encryptTo', `must have public keys of age: ${problem}`);
  return keys;
}

module.exports = { check };
