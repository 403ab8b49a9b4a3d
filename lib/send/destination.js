'use strict';
// Checks the destination of a snapshot: the option `to` of `dump()`, and `--to` of the command line.
// A URL and the values of headers can be secrets, so that no error of this file quotes them.

const { argumentError } = require('../errors.js');
const { checks } = require('../validate.js');

/** @typedef {{kind: 'descriptor', descriptor: number} | {kind: 'writable', writable: import('node:stream').Writable} | UrlDestination} Destination */

/**
 * @typedef {object} UrlDestination
 * @property {'url'} kind
 * @property {URL} url without user and password, which are in `headers`
 * @property {'PUT'|'POST'} method
 * @property {Object<string, string>} headers
 * @property {number} timeoutMs maximum time without progress of the request
 * @property {number} attempts
 */

const DEFAULTS = { method: 'PUT', headers: {}, timeoutMs: 60_000, attempts: 5 };

const STDOUT = 1;

const isWritable = (value) => typeof value?.write === 'function' && typeof value?.on === 'function';

/** Checks a destination and returns it in a uniform form. Throws if it is not valid. */
function checkDestination(subject, value) {
  if (value === '-') return { kind: 'descriptor', descriptor: STDOUT };
  if (typeof value === 'number') {
    if (!(Number.isInteger(value) && value >= 0)) throw argumentError('ERR_OUT_OF_RANGE', `${subject} must be a file descriptor`);
    return { kind: 'descriptor', descriptor: value };
  }
  if (isWritable(value)) return { kind: 'writable', writable: value };
  if (typeof value === 'string' || value instanceof URL) return urlDestination(subject, { url: value });
  if (typeof value === 'object' && value !== null) return urlDestination(subject, value);
  throw argumentError(
    'ERR_INVALID_ARG_TYPE',
    `${subject} must be '-', a file descriptor, a Writable, an http(s) URL, or an object with a url`,
  );
}

function urlDestination(subject, { url, ...options }) {
  const { method, headers, timeoutMs, attempts, ...unknown } = { ...DEFAULTS, ...withoutUndefined(options) };
  const invalid = (reason) => argumentError('ERR_INVALID_ARG_VALUE', `${subject} ${reason}`);
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw invalid(`has no property ${JSON.stringify(name)}`);
  if (!['PUT', 'POST'].includes(method)) throw invalid("must have the method 'PUT' or 'POST'");
  checks.duration(`The "timeoutMs" of ${subject}`, timeoutMs);
  if (!(Number.isInteger(attempts) && attempts >= 1)) throw invalid('must have attempts >= 1');
  const parsed = parseUrl(url);
  if (parsed === undefined) throw invalid('must be a valid http or https URL');
  return { kind: 'url', method, timeoutMs, attempts, url: withoutUser(parsed), headers: checkHeaders(invalid, parsed, headers) };
}

const withoutUndefined = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** Returns the URL, or `undefined` if it is not an http(s) address. Drops the error of `URL`, which quotes the address. */
function parseUrl(text, base) {
  try {
    const url = new URL(text, base);
    return ['http:', 'https:'].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

function withoutUser(url) {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  return copy;
}

/** Returns the headers with lower-case names. User and password of the URL become a header. */
function checkHeaders(invalid, url, headers) {
  const { validateHeaderName, validateHeaderValue } = require('node:http');
  const checked = {};
  const authorization = basicAuthorization(url);
  if (authorization !== undefined) checked.authorization = authorization;
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw invalid(`has the header ${JSON.stringify(name)}, which HTTP does not allow, or not with this value`);
    }
    if (OWN_HEADERS.has(name.toLowerCase()))
      throw invalid(`cannot have the header ${JSON.stringify(name)}: it follows from the body`);
    checked[name.toLowerCase()] = String(value);
  }
  return checked;
}

/** Headers that describe how the body is sent. */
const OWN_HEADERS = new Set(['content-length', 'transfer-encoding', 'expect', 'connection']);

/** Returns the header for user and password of a URL. */
function basicAuthorization({ username, password }) {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** Returns a URL without its secret parts: the query may be a signature, the user part may have a password. */
function shownUrl(url) {
  return `${url.origin}${url.pathname}`;
}

/** Returns the text of a destination without secrets. */
function shown(destination) {
  switch (destination.kind) {
    case 'descriptor':
      return `descriptor ${destination.descriptor}`;
    case 'writable':
      return 'stream';
    default:
      return shownUrl(destination.url);
  }
}

module.exports = { basicAuthorization, checkDestination, parseUrl, shown, shownUrl };
