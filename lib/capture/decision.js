'use strict';
// Decides how one dump is taken: forked (as a snapshot or an image), inline or by an interrupt; and whether a failed one is retried. Pure functions only.

/** Errors of a forked child after which the dump may be retried. */
const CHILD_CODES = ['ERR_HEAPDUMP_CHILD', 'ERR_HEAPDUMP_DEADLINE'];

/** System calls that fail before a child exists. `uv_cwd` fails if the directory was deleted; the inline dump then reports that. */
const FORK_CALLS = ['fork', 'pipe2', 'read', 'uv_cwd'];

/** Rarely, another thread holds a lock or is in the middle of an update at the instant of the fork. A second attempt succeeds. */
const MAX_CHILDREN = 2;

/** Why a dump is not forked while the fork self-test runs. */
const NOT_KNOWN_YET = 'it is not known yet whether that works';

/**
 * The state of a dump that is about to start, or whose child has failed.
 *
 * @typedef {object} Situation
 * @property {'auto'|'inline'|'fork'|'image'} mode the requested mode
 * @property {boolean|'image'} [fallback] whether an inline dump may follow a failed child; default: true. `'image'`: an image
 *   follows where there is not enough memory for a forked dump
 * @property {{obstacle?: string, verdict?: string, imageObstacle?: string}} forks `obstacle`: why this process cannot fork, as far as is known
 *   without a self-test. `verdict`: result of the self-test: why forked dumps fail here, `''` if they work, `undefined` if
 *   there is no result yet. `imageObstacle`: why a child cannot write an image here
 * @property {boolean} [isProbed] the caller has waited for the self-test, and does not wait again
 * @property {boolean} [isInterrupted] JavaScript does not return to its event loop
 * @property {boolean} [isLastChance] the process is about to end: the caller cannot wait for the self-test, and may fork in
 *   an interrupt
 * @property {number} [children] number of children that have failed
 * @property {Error} [failure] error of the last failed child
 */

/**
 * Returns the next step: run the self-test, dump, or fail.
 *
 * @typedef {{step: 'probe'}
 *   | {step: 'dump', method: 'fork'|'image'|'inline'|'interrupt', fallbackReason?: string}
 *   | {step: 'fail', error: Error}} Decision
 *
 * @param {Situation} situation
 * @returns {Decision}
 */
function decide(situation) {
  const { mode, failure, isInterrupted = false, isLastChance = false } = situation;
  if (failure !== undefined) return afterFailure(situation);
  // A snapshot in place would need the memory that an image is there to save.
  if (isInterrupted && !isLastChance && mode !== 'image') return dumpBy('interrupt');
  const decision = atFirst(situation);
  return isInterrupted && decision.method === 'inline' ? { ...decision, method: 'interrupt' } : decision;
}

function atFirst({ mode, fallback = true, forks, isProbed = false, isLastChance = false }) {
  if (mode === 'inline') return dumpBy('inline');
  if (mode === 'image') return forks.imageObstacle === undefined ? dumpBy('image') : fail(noImage(forks.imageObstacle));
  if (mode === 'fork') {
    if (forks.obstacle === undefined) return dumpBy('fork');
    return fallback ? dumpBy('inline', notForked(forks.obstacle)) : fail(notForked(forks.obstacle));
  }
  const { verdict } = forks;
  if (verdict === undefined && !isProbed && !isLastChance) return { step: 'probe' };
  if (verdict === '' || (verdict === undefined && isLastChance)) return dumpBy('fork');
  return dumpBy('inline', notForked(verdict ?? NOT_KNOWN_YET));
}

function afterFailure({ mode, fallback = true, forks, isInterrupted = false, children = 1, failure }) {
  if (mode === 'image') {
    return failure.code === 'ERR_HEAPDUMP_CHILD' && children < MAX_CHILDREN ? dumpBy('image') : { step: 'fail', error: failure };
  }
  if (fallback === 'image' && failure.code === 'ERR_HEAPDUMP_HEADROOM' && forks.imageObstacle === undefined) {
    return dumpBy('image', failure.message);
  }
  if (!isOfForking(failure)) return { step: 'fail', error: failure };
  if (isInterrupted) return dumpBy('interrupt', failure.message);
  if (failure.code === 'ERR_HEAPDUMP_CHILD' && mode !== 'inline' && children < MAX_CHILDREN) return dumpBy('fork');
  return fallback === true ? dumpBy('inline', failure.message) : { step: 'fail', error: failure };
}

/** Returns whether an inline dump may succeed although forking failed with this error. */
function isOfForking({ code, need, syscall }) {
  // The check before the fork sets `need`. A child that ran out of memory does not, and an inline dump would not fit either.
  if (code === 'ERR_HEAPDUMP_HEADROOM') return need !== undefined;
  return [...CHILD_CODES, 'ERR_HEAPDUMP_UNSUPPORTED'].includes(code) || FORK_CALLS.includes(syscall);
}

const noImage = (reason) => `no heap image: ${reason}`;

const notForked = (reason) => `no dump by a forked child: ${reason}`;

function dumpBy(method, fallbackReason) {
  return { step: 'dump', method, ...(fallbackReason !== undefined && { fallbackReason }) };
}

function fail(message) {
  return { step: 'fail', error: Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' }) };
}

/** Returns whether a forked child takes a dump by this method. */
const isForked = (method) => method === 'fork' || method === 'image';

module.exports = { CHILD_CODES, decide, isForked };
