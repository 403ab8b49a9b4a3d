'use strict';
// `dump({ allocationStacks })`: V8 tracks every allocation for some seconds, and the snapshot at their end has the stack of each object
// that was allocated meanwhile.

const { clearTimeout, setTimeout } = require('node:timers');
const { abortError } = require('../errors.js');
const session = require('./session.js');
const { checkOptions, checks, wrongValue } = require('../validate.js');

/** Maximum time of tracking. V8's table of stacks grows all the time, and the thread is very slow. */
const MAX_SECONDS = 3600;

function seconds(subject, value) {
  const checked = checks.number(subject, value);
  if (!(checked > 0 && checked <= MAX_SECONDS)) throw wrongValue(subject, `must be above 0, and ${MAX_SECONDS} at most`, value);
  return checked;
}

/** Checks the option. */
function check(subject, value) {
  const options = checkOptions(value, { seconds });
  if (options.seconds === undefined) throw wrongValue(subject, 'must have "seconds"', value);
  return options;
}

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

/** Throws if V8 cannot track allocations for this dump alone: it has one tracker a thread. */
function checkFree() {
  if (session.isTracking()) {
    throw failure('ERR_HEAPDUMP_BUSY', 'V8 tracks allocations for another dump of this thread: wait for its end');
  }
  const address = session.inspectorAddress();
  if (address !== undefined) {
    throw failure(
      'ERR_HEAPDUMP_PROFILER',
      `a debugger can use this thread (${address}), and would share V8's one tracker of allocations: close the inspector first`,
    );
  }
}

/** Resolves after some seconds; rejects when `signal` aborts. */
function after(count, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, 1000 * count, resolve);
    const onAbort = () => done(() => reject(abortError(signal)));
    function done(settle) {
      clearTimeout(timer);
      signal?.removeEventListener?.('abort', onAbort);
      settle();
    }
    if (signal?.aborted) onAbort();
    else signal?.addEventListener?.('abort', onAbort, { once: true });
  });
}

/**
 * Tracks allocations for some seconds and then dumps with `take(request)`. The dump is taken in place: a forked one would make V8 assign
 * ids before, and V8 forgets the stack of an object that moves after it got its id.
 *
 * @template Result
 * @param {object} request with `allocationStacks`
 * @param {(request: object) => Promise<Result>} take
 * @returns {Promise<Result>}
 */
async function withStacks({ allocationStacks, ...request }, take) {
  checkFree();
  if (!session.startTracking()) {
    throw failure('ERR_HEAPDUMP_UNSUPPORTED', "allocationStacks: this host does not export the functions of V8's heap profiler");
  }
  try {
    await after(allocationStacks.seconds, request.signal);
    if (!session.isTracking()) {
      throw failure('ERR_HEAPDUMP_BUSY', 'another snapshot of this thread has ended the tracking of allocations: try again');
    }
    return await take({ ...request, mode: 'inline' });
  } finally {
    session.stopTracking();
  }
}

module.exports = { check, withStacks };
