'use strict';
// Who may ask: only the page that this server gave out, on this machine.
//
// Other programs and web sites can reach a port on loopback as well. So the address holds a random token; the `Host` header
// must be the address itself, or a foreign name could be made to lead here (DNS rebinding); and what a browser sends for
// another site is refused.

const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');

/** Room for arguments: a name of the longest that is sent, escaped. */
const LONGEST_URL = 16_384;

/** Headers of every answer. Nothing is stored, framed, sniffed, or told to others. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Nothing but what the page itself brings, marked with a nonce, and questions to this server. */
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

/** Text that cannot be guessed and needs no escaping in an address. */
function secret() {
  return randomBytes(24).toString('base64url');
}

/** Takes the same time wherever the texts differ, also if they differ in length. */
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
 * Lets a request pass, or throws a {@link Refusal}.
 * @param {import('node:http').IncomingMessage} request
 * @param {{token: string, port: number, invitation?: string}} expected
 * @returns {{path: string, query: string, isInvited: boolean}} what comes after the token, or after the invitation
 */
function admit({ method, url, headers }, { token, port, invitation }) {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host)) throw new Refusal(403, 'This server answers to its own address only');
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) {
    throw new Refusal(403, 'Requests of other origins are refused');
  }
  // Browsers that do not send it are held back by the rest.
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'])) {
    throw new Refusal(403, 'Requests of other sites are refused; copy the address into the browser');
  }
  if (method !== 'GET') throw new Refusal(405, 'Only GET is served', { Allow: 'GET' });
  if (url.length > LONGEST_URL) throw new Refusal(414, 'The address is too long');
  const [, given, path, query] = /^\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(url) ?? ['', '', '', ''];
  const isInvited = invitation !== undefined && isSame(given, invitation);
  if (!isInvited && !isSame(given, token))
    throw new Refusal(403, 'The token is missing or wrong; use the address that the command printed');
  return { path, query, isInvited };
}

module.exports = { HEADERS, LONGEST_URL, Refusal, admit, contentPolicy, secret };
