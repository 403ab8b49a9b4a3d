'use strict';
// `threads: 'all'`: dumps every environment that loaded the addon.

const { threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { captureFor, underWay } = require('./capture.js');
const { abortError, fromFailure, toFailure } = require('../errors.js');
const { attempted } = require('./fork.js');
const inbox = require('./inbox.js');
const { forThread } = require('./names.js');

/** environment id -> settle functions of the answers that are expected from it */
const awaited = new Map();

/**
 * Dumps all threads, one after the other.
 *
 * @returns the results, in the order in which the threads started. Leaves out threads that end before they are dumped. If a
 *   thread could not be dumped, rejects with an `AggregateError` that has the results of the others as `results`.
 */
async function dumpEveryThread(request, dumpHere) {
  const results = [];
  const errors = [];
  for (const peer of binding.peers()) {
    const its = { ...request, wait: true };
    try {
      if (request.signal?.aborted) throw abortError(request.signal);
      const result = await (peer === inbox.id ? dumpHere(forThisThread(its)) : attempted(its, (how) => dumpThere(peer, how)));
      if (result) results.push(result);
    } catch (error) {
      if (error.code === 'ABORT_ERR') throw error;
      errors.push(error);
    }
  }
  if (errors.length === 0) return results;
  const failed = new AggregateError(errors, `${errors.length} of ${errors.length + results.length} threads could not be dumped`);
  throw Object.assign(failed, { code: errors[0].code, results });
}

/** Returns the request for this thread, with the thread's own file. */
function forThisThread(request) {
  return { ...request, path: forThread(request.path, threadId) };
}

function dumpThere(peer, { onProgress, signal, wait, ...request }) {
  return new Promise((resolve, reject) => {
    const pending = awaited.get(peer) ?? new Map();
    awaited.set(peer, pending);
    // The other thread cannot be stopped. An abort only ends the wait.
    const onAbort = () => inbox.settle({ ticket, failure: { code: 'ABORT_ERR' } });
    const ticket = inbox.expect(({ result, failure }) => {
      underWay(pending, false);
      signal?.removeEventListener?.('abort', onAbort);
      pending.delete(ticket);
      if (pending.size === 0) awaited.delete(peer);
      if (failure) reject(fromFailure(failure, signal));
      else resolve(result);
    });
    underWay(pending, true);
    signal?.addEventListener?.('abort', onAbort, { once: true });
    pending.set(ticket, () => inbox.settle({ ticket }));
    const message = JSON.stringify({ kind: 'dump', from: inbox.id, ticket, request });
    if (!binding.post(peer, message, true)) pending.get(ticket)();
  });
}

inbox.handle('gone', ({ from }) => {
  for (const settle of awaited.get(from)?.values() ?? []) settle();
});

// Another environment requests a dump of this one.
inbox.handle('dump', ({ from, ticket, request }, interrupted) => {
  const failed = (error) => {
    binding.post(from, JSON.stringify({ kind: 'finished', ticket, failure: toFailure(error) }), false);
  };
  try {
    const its = { ...forThisThread(request), ...(interrupted && { method: 'interrupt' }) };
    captureFor({ environment: from, ticket }, its, failed);
  } catch (error) {
    if (error.code === 'ERR_HEAPDUMP_BUSY') return false;
    failed(error);
  }
  return true;
});

module.exports = { dumpEveryThread };
