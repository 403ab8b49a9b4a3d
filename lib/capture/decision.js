'use strict';
// How one dump goes on: by a forked child, in place or by an interrupt; again, or not at all. Pure: nothing is done here.

/** Errors of a child that may be followed by another way to dump. */
const CHILD_CODES = ['ERR_HEAPDUMP_CHILD', 'ERR_HEAPDUMP_DEADLINE'];

/** System calls without which there is no child; `uv_cwd` fails in a directory that is gone, and a dump in place says so. */
const FORK_CALLS = ['fork', 'pipe2', 'read', 'uv_cwd'];

/** A thread may have been changing what the child needed at the very instant of the fork: rare, and over the next time. */
const MOST_CHILDREN = 2;

/** Why a dump is not forked while nobody knows whether that works. */
const NOT_KNOWN_YET = 'it is not known yet whether that works';

/**
 * What is known of a dump that has to be begun, or whose child has failed.
 *
 * @typedef {object} Situation
 * @property {'auto'|'inline'|'fork'} mode what was asked for
 * @property {boolean} [fallback] whether a dump in place may follow a child that failed; it may by default
 * @property {{obstacle?: string, verdict?: string}} forks `obstacle`: why this process cannot be forked, as far as is known
 *   without trying. `verdict`: why forked dumps do not work here, `''` if they do, `undefined` if nobody has tried
 * @property {boolean} [isProbed] a verdict was asked for: if there is none, it takes too long
 * @property {boolean} [isInterrupted] JavaScript is stuck: its loop must not be relied upon
 * @property {boolean} [isLastChance] the process is about to end: there is no time to ask for a verdict, and a child may be
 *   forked in an interrupt
 * @property {number} [children] how many have failed
 * @property {Error} [failure] the error of the last of them
 */

/**
 * What to do next.
 *
 * @typedef {{step: 'probe'}
 *   | {step: 'dump', method: 'fork'|'inline'|'interrupt', fallbackReason?: string}
 *   | {step: 'fail', error: Error}} Decision
 *
 * @param {Situation} situation
 * @returns {Decision}
 */
function decide(situation) {
  const { failure, isInterrupted = false, isLastChance = false } = situation;
  if (failure !== undefined) return afterFailure(situation);
  if (isInterrupted && !isLastChance) return dumpBy('interrupt');
  const decision = atFirst(situation);
  return isInterrupted && decision.method === 'inline' ? { ...decision, method: 'interrupt' } : decision;
}

function atFirst({ mode, fallback = true, forks, isProbed = false, isLastChance = false }) {
  if (mode === 'inline') return dumpBy('inline');
  if (mode === 'fork') {
    if (forks.obstacle === undefined) return dumpBy('fork');
    return fallback ? dumpBy('inline', notForked(forks.obstacle)) : fail(notForked(forks.obstacle));
  }
  const { verdict } = forks;
  if (verdict === undefined && !isProbed && !isLastChance) return { step: 'probe' };
  if (verdict === '' || (verdict === undefined && isLastChance)) return dumpBy('fork');
  return dumpBy('inline', notForked(verdict ?? NOT_KNOWN_YET));
}

function afterFailure({ mode, fallback = true, isInterrupted = false, children = 1, failure }) {
  if (!isOfForking(failure)) return { step: 'fail', error: failure };
  if (isInterrupted) return dumpBy('interrupt', failure.message);
  if (failure.code === 'ERR_HEAPDUMP_CHILD' && mode !== 'inline' && children < MOST_CHILDREN) return dumpBy('fork');
  return fallback ? dumpBy('inline', failure.message) : { step: 'fail', error: failure };
}

/** Whether another way to dump may succeed where forking did not. */
function isOfForking({ code, need, syscall }) {
  // A child that ran out of memory had no `need` foretold, and neither would a dump in place fit.
  if (code === 'ERR_HEAPDUMP_HEADROOM') return need !== undefined;
  return [...CHILD_CODES, 'ERR_HEAPDUMP_UNSUPPORTED'].includes(code) || FORK_CALLS.includes(syscall);
}

const notForked = (reason) => `no dump by a forked child: ${reason}`;

function dumpBy(method, fallbackReason) {
  return { step: 'dump', method, ...(fallbackReason !== undefined && { fallbackReason }) };
}

function fail(message) {
  return { step: 'fail', error: Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' }) };
}

module.exports = { CHILD_CODES, decide };
