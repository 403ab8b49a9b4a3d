'use strict';
// Checks the option `redact`, a level or a list of rules.

const { checks, wrongType, wrongValue } = require('../validate.js');

/** Redaction levels, from weakest to strictest. */
const LEVELS = ['strings', 'strict'];

/** Rules have at least one of these. */
const RULE = { startsWith: checks.text, contains: checks.text, longerThan: length };

function length(subject, value) {
  const number = checks.rows(subject, value);
  if (!Number.isFinite(value)) throw wrongValue('redact', 'must have finite lengths', value);
  return number;
}

/** Accepts `'strings'`, `'strict'`, `{ maxLength }`, or a list of rules. */
function check(subject, value) {
  if (value === false || LEVELS.includes(value)) return value;
  if (Array.isArray(value)) return value.map((rule) => checkRule(rule));
  if (typeof value === 'object' && value !== null && Object.keys(value).join() === 'maxLength') {
    return { maxLength: length('The "redact.maxLength" option', value.maxLength) };
  }
  if (typeof value === 'object' && value !== null) throw wrongValue('redact', 'must have maxLength and nothing else', value);
  throw typeof value === 'string'
    ? wrongValue('redact', "must be 'strings', 'strict', { maxLength } or a list of rules", value)
    : wrongType(subject, 'a string, an object or a list', value);
}

function checkRule(rule) {
  if (typeof rule !== 'object' || rule === null) throw wrongType('A rule of the "redact" option', 'an object', rule);
  const entries = Object.entries(rule).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw wrongValue('redact', 'must have rules that say something', rule);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      // A misspelt rule must not let secrets through.
      if (!Object.hasOwn(RULE, name)) throw wrongValue('redact', `has rules of ${Object.keys(RULE).join(', ')}`, rule);
      return [name, RULE[name](`The "redact.${name}" option`, value)];
    }),
  );
}

module.exports = { LEVELS, check };
