'use strict';
// Sources of an upload: a complete file, or a snapshot while it is being written to a pipe.

const crypto = require('node:crypto');
const fs = require('node:fs');

/** Size of a read. Hashing it takes about a millisecond of the event loop. */
const CHUNK_BYTES = 256 << 10;

/**
 * @typedef {object} Source
 * @property {number} [bytes] size, if it is known before the source is sent
 * @property {boolean} isRepeatable whether it can be opened again
 * @property {Error} [failure] why it ended early; another attempt would fail, too
 * @property {() => Body} open
 * @property {() => Promise<void>} close ends the work that `open` has started
 *
 * @typedef {object} Body
 * @property {AsyncIterable<Buffer>} chunks throws if the source ends early
 * @property {() => boolean} isComplete whether all of it was read
 * @property {() => {bytes: number, sha256: string}} sums size and hash of the data that was read; to be called once
 */

/** @returns {Source} a complete file */
function fromFile(file, bytes) {
  return {
    bytes,
    isRepeatable: true,
    close: async () => {},
    open: () => measured(fs.createReadStream(file, { highWaterMark: CHUNK_BYTES }), bytes),
  };
}

/**
 * Returns a source that starts the snapshot when the body is opened.
 *
 * @param {() => {readable: import('node:stream').Readable, complete: Promise<void>, cancel: () => void}} begin `complete`
 *   resolves when the snapshot is known to be complete, and rejects if it is not
 * @returns {Source}
 */
function fromPipe(begin) {
  let begun;
  const source = {
    isRepeatable: false,
    open: () => measured(chunks()),
    async close() {
      begun?.readable.destroy();
      begun?.cancel();
      await begun?.complete.catch(() => {});
    },
  };
  async function* chunks() {
    try {
      begun = begin();
      // Awaited below. A failure may come before the end of the pipe.
      begun.complete.catch(() => begun.readable.destroy());
      try {
        // A consumer that stops early ends the loop here.
        for await (const chunk of begun.readable) yield chunk;
      } catch (error) {
        // An error of the dump is more informative than one of the pipe.
        await begun.complete;
        throw error;
      }
      await begun.complete;
    } catch (error) {
      source.failure = error;
      throw error;
    }
  }
  return source;
}

/** Counts and hashes the data that is read. `expected`: the number of bytes, if it is known before the end. */
function measured(readable, expected) {
  const hash = crypto.createHash('sha256');
  let bytes = 0;
  let isEnded = false;
  async function* chunks() {
    for await (const chunk of readable) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    isEnded = true;
  }
  return { chunks: chunks(), isComplete: () => isEnded || bytes === expected, sums: () => ({ bytes, sha256: hash.digest('hex') }) };
}

module.exports = { fromFile, fromPipe };
