'use strict';
// Waits for the dump lock: one dump of a process is under way at a time. Native code holds it, see crates/capture/src/dump_lock.rs.

const binding = require('../binding.js');
const { abortError } = require('../errors.js');
const inbox = require('./inbox.js');

/** The tickets of the callers that wait. */
const waiting = new Set();

/**
 * Resolves when no dump is under way. Another caller may take the lock before this one. Rejects if `signal` fires before.
 * Keeps the event loop alive until then.
 */
function dumpLockFree(signal) {
  return new Promise((resolve, reject) => {
    const ticket = inbox.expect((aborted) => {
      waiting.delete(ticket);
      signal?.removeEventListener('abort', onAbort);
      if (aborted.error) reject(aborted.error);
      else resolve();
    });
    const onAbort = () => inbox.settle({ ticket, error: abortError(signal) });
    waiting.add(ticket);
    signal?.addEventListener('abort', onAbort, { once: true });
    binding.awaitDumpLock(inbox.id);
  });
}

inbox.handle('lockFree', () => {
  for (const ticket of [...waiting]) inbox.settle({ ticket });
});

module.exports = { dumpLockFree };
