'use strict';
// What is sent: a complete file, or a snapshot while it is being written to a pipe.

const crypto = require('node:crypto');
const fs = require('node:fs');

/** Read at a time: hashing it takes about a millisecond of the event loop. */
const CHUNK_BYTES = 256 << 10;

/**
 * @typedef {object} Source
 * @property {number} [bytes] known before it is sent
 * @property {boolean} isRepeatable it can be opened again
 * @property {Error} [failure] why it ended early: nothing that another attempt would change
 * @property {() => Body} open
 * @property {() => Promise<void>} close ends what `open` has begun
 *
 * @typedef {object} Body
 * @property {AsyncIterable<Buffer>} chunks throws if the source ends early
 * @property {() => boolean} isComplete all of it was read
 * @property {() => {bytes: number, sha256: string}} sums of what was read; once
 */

/** @returns {Source} a file that is complete */
function fromFile(file, bytes) {
  return {
    bytes,
    isRepeatable: true,
    close: async () => {},
    open: () => measured(fs.createReadStream(file, { highWaterMark: CHUNK_BYTES }), bytes),
  };
}

/**
 * A snapshot that is begun when the body is wanted.
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
      // Waited for below; a failure may come first.
      begun.complete.catch(() => begun.readable.destroy());
      try {
        // If nothing more is wanted, this is where it ends.
        for await (const chunk of begun.readable) yield chunk;
      } catch (error) {
        // How the dump has ended says more than how the pipe has.
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

/** Counts and hashes what is read. `expected`: how many bytes there are, if that is known before the end. */
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
