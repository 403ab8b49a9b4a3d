'use strict';
// Decides which requests are served: only those of the page that this server delivered, on this machine.
//
// Other programs and web sites can also reach a port on loopback. The address therefore contains a random token; the `Host` header
// must be the address itself, because a foreign name could resolve to it (DNS rebinding); and requests that a browser sends for
// another site are refused.

const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');

/** Maximum length of a URL: it has room for the longest name that is sent, escaped. */
const MAX_URL_LENGTH = 16_384;

/** Headers of every response: nothing is stored, framed, sniffed, or sent to others. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Allows only the page's own content, marked with a nonce, and queries to this server. */
function contentPolicy(nonce) {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Returns a random text that needs no escaping in a URL. */
function secret() {
  return randomBytes(24).toString('base64url');
}

/** Compares in constant time, also texts of different lengths. */
function isSame(given, wanted) {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a, b);
}

class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    Object.assign(this, { status, headers, code: 'ERR_HEAPDUMP_REFUSED' });
  }
}

/**
 * Checks a request; throws a {@link Refusal} if it is not allowed.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {{token: string, port: number, invitation?: string}} expected
 * @returns {{path: string, query: string, isInvited: boolean}} the part after the token, or after the invitation
 */
function admit({ method, url, headers }, { token, port, invitation }) {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host)) throw new Refusal(403, 'This server answers to its own address only');
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
    throw new Refusal(403, 'Requests of other origins are refused');
  }
  // Browsers that do not send this header are covered by the other checks.
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'])) {
    throw new Refusal(403, 'Requests of other sites are refused; copy the address into the browser');
  }
  if (method !== 'GET') throw new Refusal(405, 'Only GET is served', { Allow: 'GET' });
  if (url.length > MAX_URL_LENGTH) throw new Refusal(414, 'The address is too long');
  const [, given, path, query] = /^\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(url) ?? ['', '', '', ''];
  const isInvited = invitation !== undefined && isSame(given, invitation);
  if (!isInvited && !isSame(given, token))
    throw new Refusal(403, 'The token is missing or wrong; use the address that the command printed');
  return { path, query, isInvited };
}

module.exports = { HEADERS, MAX_URL_LENGTH, Refusal, admit, contentPolicy, secret };
