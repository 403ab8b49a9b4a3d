'use strict';
// Arguments that several commands take.

const fs = require('node:fs');
const { UsageError } = require('./exit.js');

/** Number of rows of a table without --limit. JSON has all rows by default. */
const DEFAULT_ROWS = 40;

/** Number of rows of a second table by default. */
const FEW_ROWS = 10;

/** Options of commands that print tables. */
const TABLE_OPTIONS = {
  full: { type: 'boolean', about: 'do not shorten names' },
};

const LIST_OPTIONS = {
  limit: { type: 'string', short: 'n', value: 'N', about: `rows to show (${DEFAULT_ROWS}; all with --json)` },
  offset: { type: 'string', value: 'N', about: 'rows to skip' },
  ...TABLE_OPTIONS,
};

function wholeNumber(text, what) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new UsageError(`${what} must be a whole number, not ${JSON.stringify(text)}`);
  }
  return value;
}

/** Returns the part of a list that --limit and --offset select. */
function range(values) {
  const standard = values.json ? undefined : DEFAULT_ROWS;
  return {
    limit: values.limit === undefined ? standard : wholeNumber(values.limit, '--limit'),
    offset: values.offset === undefined ? 0 : wholeNumber(values.offset, '--offset'),
  };
}

/** Returns the number of rows of a second table, from the option `name`. */
function few(values, name) {
  if (values[name] !== undefined) return wholeNumber(values[name], `--${name}`);
  return values.json ? undefined : FEW_ROWS;
}

/** Returns an object's id, written as `123` or, as in DevTools, `@123`. */
function nodeId(text) {
  return wholeNumber(text.replace(/^@/, ''), 'an id');
}

/** Checks that an option is one of `words`, or missing. */
function choice(text, name, words) {
  if (text !== undefined && !words.includes(text)) {
    throw new UsageError(`--${name} must be one of ${words.join(', ')}, not ${JSON.stringify(text)}`);
  }
  return text;
}

/** Maximum delay of a timer. */
const MAX_SECONDS = 2147483;

/** Returns the number of seconds in an option. */
function seconds(text, option = '--timeout') {
  const value = Number(text);
  if (!(value > 0 && value <= MAX_SECONDS))
    throw new UsageError(`${option} must be a number of seconds, not ${JSON.stringify(text)}`);
  return value;
}

/** Throws if the value of an option is no directory. */
function checkDirectory(option, directory) {
  if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${option}: there is no directory ${JSON.stringify(directory)}`);
}

const SOURCE_ROOT = {
  type: 'string',
  multiple: true,
  value: 'FROM=DIR',
  about: 'read scripts whose paths begin with FROM from DIR (repeatable); /app=. for a container',
};

const PROFILE = {
  type: 'string',
  multiple: true,
  value: 'HEAPPROFILE',
  about: 'allocation profile of the last snapshot, by default the one beside it (repeatable: of the last ones, oldest first)',
};

/** Returns the option `sourceRoots` of `findLeaks()` from `--source-root`. */
function sourceRoots(values) {
  const roots = (values['source-root'] ?? []).map((text) => {
    const [, from, to] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (from === undefined) throw new UsageError(`--source-root must be FROM=DIR, not ${JSON.stringify(text)}`);
    checkDirectory('--source-root', to);
    return [from, to];
  });
  return Object.fromEntries(roots);
}

module.exports = {
  LIST_OPTIONS,
  PROFILE,
  SOURCE_ROOT,
  TABLE_OPTIONS,
  checkDirectory,
  choice,
  few,
  nodeId,
  range,
  sourceRoots,
  wholeNumber,
  seconds,
};
