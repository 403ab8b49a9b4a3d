'use strict';
// Sends a snapshot to an http(s) address: attempts, redirects, and the result or error of all of them.

const { setTimeout: sleep } = require('node:timers/promises');
const { abortError } = require('../errors.js');
const { attempt, isSuccess } = require('./attempt.js');
const { parseUrl, shownUrl } = require('./destination.js');

/** Status codes after which the same request may succeed. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Redirects with the same method and body. */
const REDIRECTS = new Set([307, 308]);

const MAX_REDIRECTS = 5;

/** The wait before the second attempt; it doubles with each one. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;

/**
 * Sends `source` as the body of a request.
 *
 * @param {import('./source.js').Source} source
 * @param {import('./destination.js').UrlDestination} destination
 * @param {AbortSignal} [signal]
 * @returns {Promise<{to: string, bytes: number, sha256: string, status: number, attempts: number}>} `to` without the query;
 *   rejects with `ERR_HEAPDUMP_UPLOAD`, or with the error of the source
 */
async function upload(source, destination, signal) {
  try {
    return await uploadSource(source, destination, signal);
  } finally {
    await source.close();
  }
}

async function uploadSource(source, destination, signal) {
  const last = { expects: true };
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await once(source, destination, signal, last);
    if (outcome.sent !== undefined) return { to: shownUrl(destination.url), ...outcome.sent, status: outcome.status, attempts };
    if (signal?.aborted) throw abortError(signal);
    if (source.failure !== undefined) throw source.failure;
    const mayRepeat = outcome.isTransient && attempts < destination.attempts && (source.isRepeatable || !outcome.hasBegun);
    if (!mayRepeat) throw uploadError(outcome, destination, attempts);
    await sleep(delayMs(attempts, outcome), undefined, { signal });
  }
}

/** Makes one attempt, and follows redirects. Does not reject. */
async function once(source, { url, method, headers, timeoutMs }, signal, last) {
  let hasBegun = false;
  const watched = Object.create(source, {
    open: {
      value() {
        hasBegun = true;
        return source.open();
      },
    },
  });
  let at = url;
  let sentHeaders = headers;
  try {
    for (let redirects = 0; ;) {
      const answer = await attempt(watched, { url: at, method, headers: sentHeaders, timeoutMs, signal, expects: last.expects });
      if (isSuccess(answer)) {
        if (answer.sent !== undefined) return answer;
        return { status: answer.status, hasBegun, reason: 'the server did not read the whole body' };
      }
      if (answer.status === 417 && last.expects) {
        last.expects = false;
        continue;
      }
      const next = REDIRECTS.has(answer.status) && redirected(at, answer);
      if (!next) return refusal(answer, hasBegun);
      if (next.reason !== undefined || redirects === MAX_REDIRECTS || (hasBegun && !source.isRepeatable)) {
        return { status: answer.status, hasBegun, reason: next.reason ?? 'the server redirects too often, or too late' };
      }
      redirects += 1;
      // The headers may be secrets for the first server only.
      if (next.url.origin !== at.origin) sentHeaders = {};
      at = next.url;
    }
  } catch (error) {
    return { hasBegun, isTransient: true, error, reason: error.message || error.code };
  }
}

/** Returns the URL that an answer redirects to, or the reason why it is not followed. */
function redirected(from, { headers: { location } }) {
  const url = location === undefined ? undefined : parseUrl(location, from);
  if (url === undefined) return { reason: 'the server redirects to no http or https address' };
  if (from.protocol === 'https:' && url.protocol === 'http:') return { reason: 'the server redirects from https to http' };
  return { url };
}

/** Returns the outcome of an answer that is no success. Uses only the code of an S3 error from its text; the rest may repeat secrets. */
function refusal({ status, headers, text }, hasBegun) {
  const code = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1];
  const advice = [411, 501].includes(status) ? '; it may need the length in advance: pass a directory for the snapshot' : '';
  return {
    status,
    hasBegun,
    isTransient: TRANSIENT.has(status),
    retryAfterMs: retryAfterMs(headers['retry-after']),
    reason: `the server answered ${status}${code === undefined ? '' : ` (${code})`}${advice}`,
  };
}

/** Parses seconds, or a date. */
function retryAfterMs(text) {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Returns the delay before the next attempt, with jitter, so that many processes do not retry at the same time. */
function delayMs(attempts, { retryAfterMs: asked }) {
  const backoff = FIRST_DELAY_MS * 2 ** (attempts - 1) * (0.5 + Math.random() / 2);
  return Math.min(MAX_DELAY_MS, asked ?? backoff);
}

function uploadError({ status, reason, error }, { url }, attempts) {
  const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const message = `cannot send the snapshot to ${shownUrl(url)}: ${reason} (${times})`;
  return Object.assign(new Error(message, error && { cause: error }), {
    code: 'ERR_HEAPDUMP_UPLOAD',
    url: shownUrl(url),
    status,
    attempts,
  });
}

module.exports = { upload };
