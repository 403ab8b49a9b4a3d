'use strict';
// One request: sends the body, and returns the answer of the server.

const { once } = require('node:events');
const { clearTimeout, setTimeout } = require('node:timers');
const { pipeline } = require('node:stream/promises');
const { openRequest } = require('./connection.js');

/** Timeout for the status 100. A server that does not know `Expect` never sends it. */
const CONTINUE_TIMEOUT_MS = 1000;

/** Maximum size of an answer that is read. */
const MAX_ANSWER_BYTES = 64 << 10;

/**
 * Sends `source` to `url`. Asks the server first whether it accepts the body (`Expect: 100-continue`). A refusal or a redirect
 * then costs no transfer, and does not open a source that can be read only once. The request is ended only if the source ends
 * without an error; otherwise the server sees an aborted transfer.
 *
 * @param {import('./source.js').Source} source
 * @param {{url: URL, method: string, headers: object, timeoutMs: number, signal?: AbortSignal, expects?: boolean}} how
 * @returns {Promise<{status: number, headers: object, text: string, sent?: {bytes: number, sha256: string}}>} `sent` if
 *   all of the body was sent
 */
async function attempt(source, { url, method, headers, timeoutMs, signal, expects = true }) {
  const length = source.bytes === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': source.bytes };
  const request = await openRequest({
    url,
    method,
    timeoutMs,
    signal,
    headers: { ...headers, ...length, ...(expects && { expect: '100-continue' }) },
  });
  const answered = answerOf(request);
  if (expects) {
    const early = await mayBegin(request, answered);
    if (early !== undefined) {
      request.destroy();
      return early;
    }
  }
  const body = source.open();
  // A server that refuses the body answers and closes the connection. The answer is the better error.
  const sending = pipeline(body.chunks, request).catch(() => {});
  try {
    const answer = await answered;
    if (!isSuccess(answer)) request.destroy();
    await sending;
    return isSuccess(answer) && body.isComplete() ? { ...answer, sent: body.sums() } : answer;
  } catch (error) {
    request.destroy();
    await sending;
    throw source.failure ?? error;
  }
}

const isSuccess = ({ status }) => status >= 200 && status < 300;

/** Resolves when the body may be sent; with an answer if the server sent one instead. */
async function mayBegin(request, answered) {
  request.flushHeaders();
  let timer;
  const timeout = new Promise((resolve) => {
    const start = () => {
      timer = setTimeout(resolve, CONTINUE_TIMEOUT_MS);
    };
    request.once('socket', (socket) => (socket.connecting ? socket.once('connect', start) : start()));
  });
  try {
    return await Promise.race([once(request, 'continue').then(() => undefined), timeout, answered]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the answer to a request, with the beginning of its text. */
function answerOf(request) {
  const answered = new Promise((resolve, reject) => {
    let isAnswered = false;
    request.on('error', (error) => isAnswered || reject(error));
    request.on(
      'close',
      () => isAnswered || reject(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })),
    );
    request.on('response', (response) => {
      isAnswered = true;
      let text = '';
      const end = () => resolve({ status: response.statusCode, headers: response.headers, text });
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        if (text.length < MAX_ANSWER_BYTES) text += chunk;
      });
      response.on('end', end);
      response.on('error', end);
      response.on('close', end);
    });
  });
  // It may reject while no caller waits for it.
  answered.catch(() => {});
  return answered;
}

module.exports = { attempt, isSuccess };
