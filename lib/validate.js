'use strict';
// Checks of options. A wrong one throws before anything happens.

const { inspect } = require('node:util');
const { argumentError } = require('./errors.js');

function wrongType(name, expected, value) {
  return argumentError('ERR_INVALID_ARG_TYPE', `The "${name}" option must be ${expected}. Received ${inspect(value, { depth: 0 })}`);
}

function wrongValue(name, reason, value) {
  return argumentError('ERR_INVALID_ARG_VALUE', `The "${name}" option ${reason}. Received ${inspect(value, { depth: 0 })}`);
}

const checks = {
  boolean(name, value) {
    if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
    return value;
  },
  /** A text that can be a path or part of one. */
  path(name, value) {
    if (value instanceof URL && value.protocol === 'file:') return require('node:url').fileURLToPath(value);
    if (typeof value !== 'string') throw wrongType(name, 'a string', value);
    if (value === '' || value.includes('\0')) throw wrongValue(name, 'must be a non-empty string without null bytes', value);
    return value;
  },
  function(name, value) {
    if (typeof value !== 'function') throw wrongType(name, 'a function', value);
    return value;
  },
  abortSignal(name, value) {
    if (typeof value !== 'object' || value === null || !('aborted' in value)) throw wrongType(name, 'an AbortSignal', value);
    return value;
  },
  /** Milliseconds; `false` or `Infinity` for never, which is `undefined` here. */
  patience(name, value) {
    if (value === false || value === Infinity) return undefined;
    if (typeof value !== 'number') throw wrongType(name, 'a number or false', value);
    if (!(value >= 0 && value <= 0x7fffffff)) {
      throw argumentError('ERR_OUT_OF_RANGE', `The "${name}" option must be >= 0 and <= 2147483647. Received ${inspect(value)}`);
    }
    return Math.ceil(value);
  },
  oneOf(...allowed) {
    return (name, value) => {
      if (!allowed.includes(value)) throw wrongValue(name, `must be one of ${allowed.map((a) => inspect(a)).join(', ')}`, value);
      return value;
    };
  },
};

/**
 * Checks `options` against `schema` (name -> check) and gives a copy.
 * An unknown name is an error: a misspelt `redact` must not write secrets.
 */
function checkOptions(options, schema) {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'an object', options);
  const checked = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(schema, name)) throw wrongValue(name, `is not known; known are ${Object.keys(schema).join(', ')}`, value);
    if (value !== undefined) checked[name] = schema[name](name, value);
  }
  return checked;
}

module.exports = { checkOptions, checks, wrongValue };
