'use strict';
// Waits for the dump lock, which allows one dump of a process at a time. Native code holds it, see crates/capture/src/dump_lock.rs.

const binding = require('../binding.js');
const { abortError } = require('../errors.js');
const inbox = require('./inbox.js');

/** Tickets of the waiting callers. */
const waiting = new Set();

/**
 * Resolves when the dump lock is free. Another caller may take it before this one. Rejects if `signal` aborts first.
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
