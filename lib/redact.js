'use strict';
// The option `redact`: what is taken out of a snapshot before it reaches the disk.

const os = require('node:os');
const { LEVELS, readOptions } = require('./environment.js');
const { checks, wrongType, wrongValue } = require('./validate.js');

/** Rules have at least one of these. */
const RULE = { startsWith: checks.text, contains: checks.text, longerThan: length };

function length(subject, value) {
  const number = checks.rows(subject, value);
  if (!Number.isFinite(value)) throw wrongValue('redact', 'must have finite lengths', value);
  return number;
}

/** `'strings'`, `'strict'`, `{ maxLength }`, or a list of rules. */
function check(subject, value) {
  if (value === false || LEVELS.includes(value)) return value;
  if (Array.isArray(value)) return value.map((rule) => checkRule(rule));
  if (typeof value === 'object' && value !== null && Object.keys(value).join() === 'maxLength') {
    return { maxLength: length('The "redact.maxLength" option', value.maxLength) };
  }
  if (typeof value === 'object' && value !== null) throw wrongValue('redact', 'must have maxLength and nothing else', value);
  throw typeof value === 'string' ? wrongValue('redact', "must be 'strings', 'strict', { maxLength } or a list of rules", value) : wrongType(subject, 'a string, an object or a list', value);
}

function checkRule(rule) {
  if (typeof rule !== 'object' || rule === null) throw wrongType('A rule of the "redact" option', 'an object', rule);
  const entries = Object.entries(rule).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw wrongValue('redact', 'must have rules that say something', rule);
  return Object.fromEntries(entries.map(([name, value]) => {
    // A misspelt rule must not let secrets through.
    if (!Object.hasOwn(RULE, name)) throw wrongValue('redact', `has rules of ${Object.keys(RULE).join(', ')}`, rule);
    return [name, RULE[name](`The "redact.${name}" option`, value)];
  }));
}

/** What native code is told: nothing if nothing is to be taken out. */
function plan(redact) {
  const value = redact ?? readOptions().redact;
  if (value === undefined || value === false) return undefined;
  if (value === 'strings') return { rules: [{}], names: false };
  if (value === 'strict') return { rules: [{}], names: true, home: home() };
  if (!Array.isArray(value)) return { maxLength: value.maxLength, rules: [], names: false };
  return { names: false, rules: value.map((rule) => ({ ...rule, startsWith: escaped(rule.startsWith), contains: escaped(rule.contains) })) };
}

/** What is set, or what somebody asks for if that takes out more. */
function stricter(set, asked) {
  const value = set ?? readOptions().redact;
  return asked !== undefined && LEVELS.indexOf(asked) > LEVELS.indexOf(value) ? asked : value;
}

/** Where the files of this user are: the user is not to be known by it. */
function home() {
  try {
    return os.homedir();
  } catch {
    return undefined; // a user without an entry in the user database
  }
}

/** As V8 writes it into the file. */
function escaped(text) {
  return text === undefined ? undefined : JSON.stringify(text).slice(1, -1)
    .replace(/\\u[0-9a-f]{4}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`)
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
}

module.exports = { check, plan, stricter };
