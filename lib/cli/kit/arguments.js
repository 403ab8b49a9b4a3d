'use strict';
// Arguments that several commands take.

const fs = require('node:fs');
const { UsageError } = require('./exit.js');

/** Rows of a table when --limit does not say. JSON is complete unless it does. */
const DEFAULT_ROWS = 40;

/** Rows of a second table. */
const FEW_ROWS = 10;

/** Of commands that print tables. */
const TABLE_OPTIONS = {
  full: { type: 'boolean', about: 'cut no names' },
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

/** The part of a list that --limit and --offset ask for. */
function range(values) {
  const standard = values.json ? undefined : DEFAULT_ROWS;
  return {
    limit: values.limit === undefined ? standard : wholeNumber(values.limit, '--limit'),
    offset: values.offset === undefined ? 0 : wholeNumber(values.offset, '--offset'),
  };
}

/** How many rows of a second table the option `name` asks for. */
function few(values, name) {
  if (values[name] !== undefined) return wholeNumber(values[name], `--${name}`);
  return values.json ? undefined : FEW_ROWS;
}

/** An object's id, written as `123` or, as DevTools shows it, `@123`. */
function nodeId(text) {
  return wholeNumber(text.replace(/^@/, ''), 'an id');
}

/** One of a fixed set of words. */
function choice(text, name, words) {
  if (text !== undefined && !words.includes(text)) {
    throw new UsageError(`--${name} must be one of ${words.join(', ')}, not ${JSON.stringify(text)}`);
  }
  return text;
}

/** Longest delay of a timer. */
const MAX_SECONDS = 2147483;

/** The number of seconds that `--timeout` says. */
function seconds(text) {
  const value = Number(text);
  if (!(value > 0 && value <= MAX_SECONDS))
    throw new UsageError(`--timeout must be a number of seconds, not ${JSON.stringify(text)}`);
  return value;
}

const SOURCE_ROOT = {
  type: 'string',
  multiple: true,
  value: 'FROM=DIR',
  about: 'read scripts whose paths begin with FROM from DIR (repeatable); /app=. for a container',
};

/** What `--source-root` says, as `findLeaks()` takes it. */
function sourceRoots(values) {
  const roots = (values['source-root'] ?? []).map((text) => {
    const [, from, to] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (from === undefined) throw new UsageError(`--source-root must be FROM=DIR, not ${JSON.stringify(text)}`);
    if (!fs.statSync(to, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--source-root: there is no directory ${JSON.stringify(to)}`);
    return [from, to];
  });
  return Object.fromEntries(roots);
}

module.exports = {
  LIST_OPTIONS,
  SOURCE_ROOT,
  TABLE_OPTIONS,
  choice,
  few,
  nodeId,
  range,
  sourceRoots,
  wholeNumber,
  seconds,
};
