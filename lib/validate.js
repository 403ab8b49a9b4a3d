'use strict';
// Checks arguments and options. Wrong ones throw before any work starts.

const path = require('node:path');
const { inspect } = require('node:util');
const { argumentError } = require('./errors.js');

/** `subject` starts the message of these errors: `The "path" option`. */
function wrongType(subject, expected, value) {
  return argumentError('ERR_INVALID_ARG_TYPE', `${subject} must be ${expected}. Received ${inspect(value, { depth: 0 })}`);
}

/** The message shows the value, if there is one. */
function wrong(subject, reason, ...value) {
  const received = value.map((one) => `. Received ${inspect(one, { depth: 0 })}`);
  return argumentError('ERR_INVALID_ARG_VALUE', `${subject} ${reason}${received.join('')}`);
}

function outOfRange(subject, range, value) {
  return argumentError('ERR_OUT_OF_RANGE', `${subject} must be ${range}. Received ${inspect(value)}`);
}

const option = (name) => `The "${name}" option`;
const argument = (name) => `The "${name}" argument`;

/** Returns the error for an option of the right type with a wrong value. Without `value`, the message does not show it. */
function wrongValue(name, reason, ...value) {
  return wrong(option(name), reason, ...value);
}

/** Returns the error for an argument of the right type with a wrong value. */
function wrongArgument(name, reason, value) {
  return wrong(argument(name), reason, value);
}

/** Maximum number of rows; no snapshot has more. */
const MAX_ROWS = 0xffffffff;

const checks = {
  boolean(subject, value) {
    if (typeof value !== 'boolean') throw wrongType(subject, 'a boolean', value);
    return value;
  },
  /** A path, or a part of one. */
  path(subject, value) {
    if (value instanceof URL && value.protocol === 'file:') return require('node:url').fileURLToPath(value);
    if (typeof value !== 'string') throw wrongType(subject, 'a string', value);
    if (value === '' || value.includes('\0')) throw wrong(subject, 'must be a non-empty string without null bytes', value);
    return value;
  },
  function(subject, value) {
    if (typeof value !== 'function') throw wrongType(subject, 'a function', value);
    return value;
  },
  abortSignal(subject, value) {
    if (typeof value !== 'object' || value === null || !('aborted' in value)) throw wrongType(subject, 'an AbortSignal', value);
    return value;
  },
  /** A timeout in milliseconds. `false` and `Infinity` disable it and are returned as `undefined`. */
  timeout(subject, value) {
    if (value === false || value === Infinity) return undefined;
    if (typeof value !== 'number') throw wrongType(subject, 'a number or false', value);
    if (!(value >= 0 && value <= 0x7fffffff)) {
      throw outOfRange(subject, '>= 0 and <= 2147483647', value);
    }
    return Math.ceil(value);
  },
  duration(subject, value) {
    checks.number(subject, value);
    if (!(value >= 0)) throw outOfRange(subject, '>= 0', value);
    return value;
  },
  array(subject, value) {
    if (!Array.isArray(value)) throw wrongType(subject, 'an array', value);
    return value;
  },
  text(subject, value) {
    if (typeof value !== 'string') throw wrongType(subject, 'a string', value);
    return value;
  },
  /** Any number. The snapshot decides whether it is the id of an object. */
  number(subject, value) {
    if (typeof value !== 'number') throw wrongType(subject, 'a number', value);
    return value;
  },
  bytes(subject, value) {
    checks.number(subject, value);
    if (!(value >= 0)) throw outOfRange(subject, '>= 0', value);
    return value;
  },
  /** A whole number of bytes, at least one. */
  positiveBytes(subject, value) {
    checks.number(subject, value);
    if (!(Number.isInteger(value) && value >= 1 && value <= 0x7fffffff))
      throw outOfRange(subject, 'an integer from 1 to 2147483647', value);
    return value;
  },
  /** `{ '/app': '.' }`: prefixes of script names and their directories on this machine. Returns the form that native code takes. */
  sourceRoots(subject, value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(subject, 'an object', value);
    return Object.entries(value).map(([from, to]) => {
      if (from === '') throw wrong(subject, 'must not have an empty prefix', value);
      return { from, to: path.resolve(checks.path(`${subject.slice(0, -'" option'.length)}[${inspect(from)}]" option`, to)) };
    });
  },
  /** A number of rows; `Infinity` means all. */
  rows(subject, value) {
    checks.number(subject, value);
    if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) throw outOfRange(subject, 'an integer >= 0', value);
    return Math.min(value, MAX_ROWS);
  },
  /** A depth of paths, limited because their tree is walked recursively, here and in JSON. */
  depth(subject, value) {
    checks.number(subject, value);
    if (!(Number.isInteger(value) && value >= 1 && value <= 1000)) throw outOfRange(subject, 'an integer >= 1 and <= 1000', value);
    return value;
  },
  oneOf(...allowed) {
    return (subject, value) => {
      if (!allowed.includes(value)) throw wrong(subject, `must be one of ${allowed.map((a) => inspect(a)).join(', ')}`, value);
      return value;
    };
  },
};

/**
 * Checks `options` against `schema` (name -> check) and returns a copy.
 * An unknown name is an error: a misspelt `redact` must not write secrets.
 */
function checkOptions(options, schema) {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw wrongType(argument('options'), 'an object', options);
  const checked = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(schema, name))
      throw wrongValue(name, `is not known; known are ${Object.keys(schema).join(', ') || 'none'}`, value);
    if (value !== undefined) checked[name] = schema[name](option(name), value);
  }
  return checked;
}

/** Checks the argument `name`. */
function checkArgument(name, check, value) {
  return check(argument(name), value);
}

module.exports = { MAX_ROWS, checkArgument, checkOptions, checks, outOfRange, wrongArgument, wrongType, wrongValue };
