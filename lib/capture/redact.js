'use strict';
// Converts the option `redact` to the form that native code takes. Native code redacts a snapshot before it reaches the disk.

const os = require('node:os');
const { readOptions } = require('./environment.js');

/** Returns the redaction for native code; `undefined` for none. */
function plan(redact) {
  const value = redact ?? readOptions().redact;
  if (value === undefined || value === false) return undefined;
  if (value === 'strings') return { rules: [{}], names: false };
  if (value === 'strict') return { rules: [{}], names: true, home: home() };
  if (!Array.isArray(value)) return { maxLength: value.maxLength, rules: [], names: false };
  return {
    names: false,
    rules: value.map((rule) => ({ ...rule, startsWith: escaped(rule.startsWith), contains: escaped(rule.contains) })),
  };
}

/** Returns the home directory, whose path names the user. */
function home() {
  try {
    return os.homedir();
  } catch {
    return undefined; // a user without an entry in the user database
  }
}

/** Escapes a text as V8 does in the file. */
function escaped(text) {
  return text === undefined
    ? undefined
    : JSON.stringify(text)
        .slice(1, -1)
        .replace(/\\u[0-9a-f]{4}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`)
        .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
}

module.exports = { plan };
