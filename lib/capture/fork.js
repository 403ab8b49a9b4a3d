'use strict';
// Forked dumps: whether they work here, and the attempts of one dump as `decision.js` decides.

const path = require('node:path');
const { setTimeout } = require('node:timers');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { decide, isForked } = require('./decision.js');
const DIRECTORY = require('../directory.js');
const { abortError } = require('../errors.js');
const { hasRoomForIds, longPauseMs } = require('./headroom.js');
const inbox = require('./inbox.js');
const { withLedgers } = require('./ledger.js');
const { withProfile } = require('./profile-file.js');

/**
 * V8 marks its heap for some hundred milliseconds before a collection, in steps between which JavaScript runs.
 * A fork has to wait until marking ends. If that takes longer than this timeout, it blocks JavaScript for the rest.
 */
const MARKING_TIMEOUT_MS = 2000;
const MARKING_POLL_MS = 10;

/** The program of the fork self-test: a Node process that dumps itself. */
const PROBE = path.join(DIRECTORY, 'capture/fork-probe.js');

/** Returns why this process cannot fork for a dump; `undefined` if nothing is known without the self-test. */
function obstacle() {
  if (process.platform !== 'linux') return 'forked dumps exist on Linux only';
  if (!isPlainNode()) return 'forked dumps are not tried where the executable is not Node itself';
  // The self-test is a file that Node starts, without the loader of Plug'n'Play.
  if (process.versions.pnp !== undefined)
    return "forked dumps need node_modules, not Yarn's Plug'n'Play: set nodeLinker: node-modules";
  return binding.forkObstacle() ?? undefined;
}

/** Returns why a child of this process cannot write an image of its memory; `undefined` if it can. */
function imageObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'heap images exist on Linux x64 only';
  return obstacle();
}

/** Returns whether the executable is Node itself. A single-executable application would start anew instead of the self-test. */
function isPlainNode() {
  if (process.versions.electron !== undefined || process.pkg !== undefined) return false;
  try {
    return !require('node:sea').isSea();
  } catch {
    return true; // Node before 20.12
  }
}

/** Returns why forked dumps do not work here: `''` if they work, `undefined` if the self-test has no result yet. */
function verdict() {
  return obstacle() ?? binding.forkVerdict() ?? undefined;
}

/** The same, but runs the self-test if there is no result: blocks for some hundred milliseconds, once in the life of a process. */
function verdictNow() {
  if (verdict() === undefined) binding.probeFork(process.execPath, PROBE);
  return verdict();
}

/**
 * Posts `message` to this environment, as a request or a notice, when the self-test has a result. A request is also delivered
 * after fifteen seconds without a result.
 */
function afterProbe(message, isRequest) {
  binding.probeForkLater(process.execPath, PROBE, inbox.id, JSON.stringify(message), isRequest);
}

/** Resolves when the self-test has a result. */
async function probed() {
  if (verdict() !== undefined) return;
  await new Promise((resolve) => afterProbe({ kind: 'finished', ticket: inbox.expect(resolve) }, false));
}

/** The present knowledge about forked dumps here, for `decide`. */
const forks = {
  get obstacle() {
    return obstacle();
  },
  get verdict() {
    return verdict();
  },
  get imageObstacle() {
    return imageObstacle();
  },
};

/** Returns the default mode: not inline where that would stop JavaScript for long. */
function defaultMode() {
  return process.platform === 'linux' && longPauseMs() !== undefined ? 'auto' : 'inline';
}

/**
 * Dumps as `request.mode` says with `attempt(request)`, which returns a promise of a result. After a failure it attempts again,
 * or by another method, as `decide` says. `fallback` of the result says why fork mode was not used. If the request has a sidecar,
 * the result has the ledgers of before and after; if it has a profile, the file with that.
 */
function attempted(request, attempt) {
  return withLedgers(request, (measured) => withProfile(measured, (profiled) => attemptEach(profiled, attempt)));
}

async function attemptEach({ mode = defaultMode(), fallback = true, ...request }, attempt) {
  const { signal } = request;
  const situation = { mode, fallback, forks };
  let decision = decide(situation);
  if (decision.step === 'probe') {
    await probed();
    decision = decide({ ...situation, isProbed: true });
  }
  for (let children = 0; ;) {
    if (decision.step === 'fail') throw decision.error;
    const { method, fallbackReason } = decision;
    if (isForked(method)) {
      request.forkedSince ??= now();
      // Assigning object ids would end marking.
      if (request.comparable === false || (method === 'image' && !hasRoomForIds())) await marked();
    }
    if (signal?.aborted) throw abortError(signal);
    try {
      // Assigning object ids begins with a full collection, after which less of V8 is in the middle of an update.
      const comparable = children > 0 && method === 'fork' ? { comparable: true } : {};
      return await attempt({ ...request, method, fallbackReason, ...comparable });
    } catch (error) {
      if (!isForked(method)) throw error;
      children += 1;
      decision = decide({ ...situation, children, failure: error });
    }
  }
}

/** Resolves when V8 is not marking, or after the timeout. */
async function marked() {
  for (let waitedMs = 0; waitedMs < MARKING_TIMEOUT_MS && binding.isMarking(); waitedMs += MARKING_POLL_MS) {
    await new Promise((resolve) => {
      setTimeout(resolve, MARKING_POLL_MS);
    });
  }
}

module.exports = { afterProbe, attempted, forks, imageObstacle, obstacle, probed, verdictNow };
