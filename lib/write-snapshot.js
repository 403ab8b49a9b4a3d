'use strict';
// The drop-in for `heapdump`.

const fs = require('node:fs');
const path = require('node:path');
const { captureSync } = require('./capture.js');
const { directoryFromEnvironment } = require('./environment.js');
const { publish } = require('./events.js');
const { defaultName } = require('./names.js');

/**
 * Writes a heap snapshot of this thread, synchronously.
 *
 * @param {string} [filename] default: `heapdump-<ms>.<ns>.heapsnapshot`
 * @param {(error: Error|null, filename?: string) => void} [callback] called before the return
 * @returns {boolean} whether the file is there, complete
 */
function writeSnapshot(filename, callback) {
  if (typeof filename === 'function') [filename, callback] = [undefined, filename];
  let failure = null;
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

/** In the directory of the environment if it names one, else relative, as in `heapdump`. */
function defaultFile() {
  const directory = directoryFromEnvironment();
  if (directory === undefined) return defaultName();
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return path.join(directory, defaultName());
}

/** The message that callers of `heapdump` look for; the fields that it lacked. */
function asHeapdumpError(error) {
  const { code, errno, syscall, path } = error;
  return Object.assign(new Error(`heapdump write error ${code ?? error.message}`, { cause: error }), { code, errno, syscall, path });
}

module.exports = { writeSnapshot };
