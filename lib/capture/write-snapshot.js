'use strict';
// `writeSnapshot()`, compatible with the package `heapdump`.

const fs = require('node:fs');
const path = require('node:path');
const { captureSync } = require('./capture.js');
const { directoryFromEnvironment } = require('./environment.js');
const { publish } = require('./events.js');
const { longPauseMs } = require('./headroom.js');
const { defaultName } = require('./names.js');

/**
 * Writes a heap snapshot of this thread, and blocks until it is complete.
 *
 * @param {string} [filename] default: `heapdump-<ms>.<ns>.heapsnapshot`
 * @param {(error: Error|null, filename?: string) => void} [callback] called before this function returns
 * @returns {boolean} whether the file was written
 */
function writeSnapshot(filename, callback) {
  if (typeof filename === 'function') [filename, callback] = [undefined, filename];
  let failure = null;
  warnOfPause();
  try {
    if (typeof filename !== 'string') filename = defaultFile();
    const result = captureSync({ path: filename, replace: true, block: true, reason: 'writeSnapshot' });
    publish('dump', result);
  } catch (error) {
    failure = asHeapdumpError(error);
    publish('error', failure);
  }
  if (callback) {
    if (failure) callback(failure);
    else callback(null, filename);
  }
  return failure === null;
}

let hasWarned = false;

/** Warns once if this call stops JavaScript for long. */
function warnOfPause() {
  const pauseMs = hasWarned ? undefined : longPauseMs();
  if (pauseMs === undefined) return;
  hasWarned = true;
  const message = `writeSnapshot() stops JavaScript of this thread for about ${Math.round(pauseMs / 1000)} s; dump({ mode: 'auto' }) has a forked child take the snapshot where that works`;
  process.emitWarning(message, { type: 'HeapdumpWarning', code: 'HEAPDUMP_LONG_PAUSE' });
}

/** Returns a file in the directory that the environment names, else a relative path as `heapdump` does. */
function defaultFile() {
  const directory = directoryFromEnvironment();
  if (directory === undefined) return defaultName();
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return path.join(directory, defaultName());
}

/** Returns an error with the message that callers of `heapdump` expect, and with the fields of the original error. */
function asHeapdumpError(error) {
  const { code, errno, syscall, path } = error;
  return Object.assign(new Error(`heapdump write error ${code ?? error.message}`, { cause: error }), {
    code,
    errno,
    syscall,
    path,
  });
}

module.exports = { writeSnapshot };
