'use strict';
// One dump of this environment: opens the file, asks V8, publishes.

const path = require('node:path');
const binding = require('./binding.js');
const { abortError, fromFailure } = require('./errors.js');
const mail = require('./mail.js');
const session = require('./session.js');

/** How long the end of the process waits for a dump whose snapshot is taken. */
const EXIT_GRACE_MS = 30_000;

/**
 * Takes the snapshot. JavaScript stands still meanwhile; when this returns, V8 is
 * done and the last bytes are on their way to the disk.
 *
 * @param {object} request
 * @param {string} request.path
 * @param {boolean} [request.replace] replace an existing file
 * @param {'gzip'|'zstd'} [request.encoding]
 * @param {boolean} [request.sidecar]
 * @param {boolean} [request.announce] one line on stderr when it has ended
 * @param {boolean} [request.block] wait for the dump of another thread, blocking
 * @param {string} request.reason
 * @param {string} [request.method]
 * @param {AbortSignal} [request.signal]
 * @param {(p: object) => void} [request.onProgress]
 * @returns {{dump: import('./binding').NativeDump, facts: string}}
 */
function take(request) {
  const { onProgress, signal } = request;
  const memoryBefore = process.memoryUsage();
  const startedAt = new Date();
  const start = performance.now();
  const dump = binding.openDump({
    path: request.path,
    replace: request.replace ?? false,
    encoding: request.encoding,
    sidecar: request.sidecar ?? false,
    announce: request.announce ?? false,
    wait: request.block ?? false,
  });
  if (!(dump instanceof binding.NativeDump)) throw fromFailure(dump);

  let stopped;
  let bytes = 0;
  try {
    session.takeSnapshot((text) => {
      if (stopped) return; // V8 cannot be stopped; its text can be dropped
      dump.write(text);
      bytes += text.length;
      try {
        onProgress?.({ bytes });
        if (signal?.aborted) stopped = { error: abortError(signal) };
      } catch (error) {
        stopped = { error };
      }
    }, request);
  } catch (error) {
    stopped ??= { error };
  }
  if (stopped) {
    dump.abandon();
    dump.finish('{}');
    throw stopped.error;
  }
  const { isMainThread, threadId } = require('node:worker_threads');
  const pauseMs = performance.now() - start;
  return {
    dump,
    facts: JSON.stringify({
      path: path.resolve(request.path),
      method: request.method ?? 'inline',
      reason: request.reason,
      startedAt: startedAt.toISOString(),
      pid: process.pid,
      threadId,
      isMainThread,
      pauseMs: Math.round(pauseMs * 1000) / 1000,
      node: process.version,
      v8: process.versions.v8,
      memoryBefore,
      memoryAfter: process.memoryUsage(),
    }),
  };
}

/** Takes a snapshot and blocks until the file is published. */
function captureSync(request) {
  const { dump, facts } = take(request);
  const result = dump.finish(facts);
  if (typeof result !== 'string') throw fromFailure(result);
  return JSON.parse(result);
}

/**
 * Takes a snapshot; the file is published in the background.
 * `done(error, result)` is called from the loop.
 * Throws what can be known before: no such directory, somebody else is dumping.
 */
function capture(request, done) {
  const { dump, facts } = take(request);
  const onAbort = () => dump.abandon();
  const ticket = mail.expect(({ result, failure }) => {
    unfinished(-1);
    request.signal?.removeEventListener?.('abort', onAbort);
    if (!failure) done(null, result);
    else done(failure.code === 'ABORT_ERR' ? abortError(request.signal) : fromFailure(failure));
  });
  unfinished(+1);
  request.signal?.addEventListener?.('abort', onAbort, { once: true });
  dump.finishLater(facts, mail.id, ticket);
}

// A snapshot that is taken is worth the moment it needs to reach the disk.
let pending = 0;
const settleAtExit = () => binding.settle(EXIT_GRACE_MS);
function unfinished(change) {
  if (pending === 0) process.on('exit', settleAtExit);
  pending += change;
  if (pending === 0) process.removeListener('exit', settleAtExit);
}

module.exports = { capture, captureSync };
