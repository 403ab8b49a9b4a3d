'use strict';
// Defines every capture option: which calls take it, how it is checked, and whether NODE_HEAPDUMP_OPTIONS sets it.
// test/options.test.js compares index.d.ts with this table, and docs/api.md is made from index.d.ts.

const allocationStacks = require('./allocation-stacks.js');
const encryption = require('./encryption-option.js');
const redact = require('./redact-option.js');
const { checkDestination } = require('../send/destination.js');
const { checkOptions, checks, wrongType } = require('../validate.js');

/** Values of the option `mode`. */
const MODES = ['auto', 'inline', 'fork', 'image'];

/** The calls that take dumps, now or later. */
const EVERY_DUMP = ['dump', 'install', 'watch'];

/**
 * @typedef {object} Option
 * @property {string[]} of the calls that take it
 * @property {Function|Object<string, Function>} check returns the checked value or throws; one for each call if they differ
 * @property {Token} [environment] set if NODE_HEAPDUMP_OPTIONS accepts it
 * @property {{value?: string, about: string, isReplaced?: boolean}} [request] set if `heapdump-rs dump PID` can request it of another
 *   process, as `--name`, or `--name=VALUE` if there is a `value`. Of `environment.values` the later ones are stricter. The
 *   process uses the stricter one of request and own setting, its own one if there are no such values, and that of the request if
 *   that replaces the setting (`isReplaced`)
 */

/**
 * An option of NODE_HEAPDUMP_OPTIONS, `name` or `name=VALUE`.
 * @typedef {object} Token
 * @property {string} about its row in docs/api.md
 * @property {string} [example] a value, if it takes one
 * @property {string[]} [values] all values that it takes; any without
 * @property {string} [strictest] the value that replaces an unknown one
 * @property {string} [standard] the value without the token
 */

/** Returns the options of the profiler, or `undefined` for no profile. */
function profileOption(subject, value) {
  if (typeof value === 'boolean') return value ? {} : undefined;
  if (typeof value !== 'object' || value === null) throw wrongType(subject, 'a boolean or an object', value);
  return checkOptions(value, { intervalBytes: checks.positiveBytes });
}

/** @type {Object<string, Option>} */
const OPTIONS = {
  path: { of: ['dump', 'estimate', 'restore'], check: checks.path },
  dir: {
    of: [...EVERY_DUMP, 'estimate'],
    check: checks.path,
    environment: { example: '/var/dumps', about: 'directory of dumps without a path' },
  },
  name: { of: EVERY_DUMP, check: checks.path },
  to: { of: ['dump'], check: checkDestination },
  overwrite: { of: ['dump', 'restore'], check: checks.boolean },
  mode: {
    of: EVERY_DUMP,
    check: checks.oneOf(...MODES),
    environment: {
      example: 'inline',
      values: MODES,
      standard: 'auto',
      about: '`auto`, `inline`, `fork` or `image`, for dumps by signal',
    },
    request: {
      value: 'MODE',
      isReplaced: true,
      about: 'auto, inline, fork or image; image writes the memory of the process, where a snapshot does not fit, see restore',
    },
  },
  fallback: { of: ['dump', 'watch'], check: { dump: checks.oneOf(true, false, 'image'), watch: checks.oneOf('image') } },
  deadlineMs: { of: ['dump', 'restore'], check: checks.duration },
  force: {
    of: [...EVERY_DUMP, 'restore'],
    check: checks.boolean,
    environment: { about: 'skip the check of memory and disk, for dumps by signal' },
  },
  comparable: { of: ['dump', 'watch', 'estimate'], check: checks.boolean },
  threads: { of: ['dump', 'install'], check: { dump: checks.oneOf('current', 'all'), install: checks.oneOf('main', 'all') } },
  compress: { of: [...EVERY_DUMP, 'estimate', 'restore'], check: checks.oneOf(true, false, 'gzip', 'zstd') },
  redact: {
    of: [...EVERY_DUMP, 'restore'],
    check: redact.check,
    environment: {
      example: 'strict',
      values: redact.LEVELS,
      strictest: redact.LEVELS.at(-1),
      about: '`strings` or `strict`, for every dump',
    },
    request: {
      value: 'LEVEL',
      about: 'remove strings, or strict: also names that are data; at least as much as the settings of the process remove',
    },
  },
  encryptTo: {
    of: [...EVERY_DUMP, 'restore'],
    check: encryption.check,
    environment: { example: 'age1…', about: 'encrypt every dump to this public key' },
    request: {
      value: 'KEY',
      about: 'encrypt the dump to this public key (age1…), unless the process encrypts to keys of its own',
    },
  },
  identity: { of: ['restore'], check: checks.path },
  sidecar: { of: [...EVERY_DUMP, 'restore'], check: checks.boolean },
  sources: {
    of: EVERY_DUMP,
    check: checks.boolean,
    environment: { about: 'save the texts of scripts, for dumps by signal' },
    request: { about: 'also write the texts of all scripts beside the snapshot, for findings on another machine' },
  },
  allocationStacks: { of: ['dump'], check: allocationStacks.check },
  wait: { of: ['dump'], check: checks.boolean },
  exposeInternals: { of: ['dump'], check: checks.boolean },
  exposeNumericValues: { of: ['dump'], check: checks.boolean },
  onProgress: { of: ['dump', 'restore'], check: checks.function },
  signal: {
    of: ['dump', 'install', 'restore'],
    check: { dump: checks.abortSignal, install: checks.path, restore: checks.abortSignal },
    environment: { example: 'SIGUSR1', about: 'answer another signal' },
  },
  wedgedAfterMs: { of: ['install'], check: checks.timeout },
  quiet: { of: ['install'], check: checks.boolean, environment: { about: 'print no line on stderr for dumps by signal' } },
  heapUsedRatio: { of: ['watch'], check: checks.number },
  growth: { of: ['watch'], check: checks.bytes },
  rss: { of: ['watch'], check: checks.bytes },
  cgroupRatio: { of: ['watch'], check: checks.number },
  nearHeapLimit: { of: ['watch'], check: checks.boolean },
  everyMs: { of: ['watch'], check: checks.timeout },
  cooldownMs: { of: ['watch'], check: checks.timeout },
  maxDumps: { of: ['watch'], check: checks.rows },
  keepLast: { of: ['watch'], check: checks.rows },
  diskQuota: { of: ['watch'], check: checks.bytes },
  profile: { of: ['watch'], check: profileOption },
};

/** The options that another process can request, by name. */
const REQUESTED = Object.fromEntries(Object.entries(OPTIONS).filter(([, { request }]) => request));

/** Returns the checks of all options that `call` takes, by name. */
function schemaOf(call) {
  const taken = Object.entries(OPTIONS).filter(([, option]) => option.of.includes(call));
  return Object.fromEntries(taken.map(([name, { check }]) => [name, typeof check === 'function' ? check : check[call]]));
}

/** Returns those of `options` that `call` takes. */
function optionsFor(call, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => OPTIONS[name]?.of.includes(call)));
}

module.exports = { OPTIONS, REQUESTED, optionsFor, schemaOf };
