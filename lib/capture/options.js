'use strict';
// Defines every capture option: which calls take it, how it is checked, and whether NODE_HEAPDUMP_OPTIONS sets it.
// test/options.test.js compares index.d.ts with this table, and docs/api.md is made from index.d.ts.

const redact = require('./redact-option.js');
const { checkDestination } = require('../send/destination.js');
const { checks } = require('../validate.js');

/** Values of the option `mode`. */
const MODES = ['auto', 'inline', 'fork'];

/** The calls that take dumps, now or later. */
const EVERY_DUMP = ['dump', 'install', 'watch'];

/**
 * @typedef {object} Option
 * @property {string[]} of the calls that take it
 * @property {Function|Object<string, Function>} check returns the checked value or throws; one for each call if they differ
 * @property {{takesValue?: true, values?: string[], strictest?: string}} [environment] set if NODE_HEAPDUMP_OPTIONS accepts it,
 *   as `name` or `name=VALUE`; `strictest`: the value that replaces an unknown one
 */

/** @type {Object<string, Option>} */
const OPTIONS = {
  path: { of: ['dump', 'estimate'], check: checks.path },
  dir: { of: [...EVERY_DUMP, 'estimate'], check: checks.path, environment: { takesValue: true } },
  name: { of: EVERY_DUMP, check: checks.path },
  to: { of: ['dump'], check: checkDestination },
  overwrite: { of: ['dump'], check: checks.boolean },
  mode: { of: EVERY_DUMP, check: checks.oneOf(...MODES), environment: { takesValue: true, values: MODES } },
  fallback: { of: ['dump'], check: checks.boolean },
  deadlineMs: { of: ['dump'], check: checks.duration },
  force: { of: EVERY_DUMP, check: checks.boolean, environment: {} },
  comparable: { of: ['dump', 'watch', 'estimate'], check: checks.boolean },
  threads: { of: ['dump', 'install'], check: { dump: checks.oneOf('current', 'all'), install: checks.oneOf('main', 'all') } },
  compress: { of: [...EVERY_DUMP, 'estimate'], check: checks.oneOf(true, false, 'gzip', 'zstd') },
  redact: {
    of: EVERY_DUMP,
    check: redact.check,
    environment: { takesValue: true, values: redact.LEVELS, strictest: redact.LEVELS.at(-1) },
  },
  sidecar: { of: EVERY_DUMP, check: checks.boolean },
  sources: { of: EVERY_DUMP, check: checks.boolean, environment: {} },
  wait: { of: ['dump'], check: checks.boolean },
  exposeInternals: { of: ['dump'], check: checks.boolean },
  exposeNumericValues: { of: ['dump'], check: checks.boolean },
  onProgress: { of: ['dump'], check: checks.function },
  signal: { of: ['dump', 'install'], check: { dump: checks.abortSignal, install: checks.path }, environment: { takesValue: true } },
  wedgedAfterMs: { of: ['install'], check: checks.timeout },
  quiet: { of: ['install'], check: checks.boolean, environment: {} },
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
};

/** Returns the checks of all options that `call` takes, by name. */
function schemaOf(call) {
  const taken = Object.entries(OPTIONS).filter(([, option]) => option.of.includes(call));
  return Object.fromEntries(taken.map(([name, { check }]) => [name, typeof check === 'function' ? check : check[call]]));
}

/** Returns those of `options` that `call` takes. */
function optionsFor(call, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => OPTIONS[name]?.of.includes(call)));
}

module.exports = { LEVELS: redact.LEVELS, OPTIONS, optionsFor, schemaOf };
