'use strict';
// Dumps by a forked child: whether they work here, and dumps that are followed by others as `decision.js` says.

const path = require('node:path');
const { setTimeout } = require('node:timers');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { decide, isForked } = require('./decision.js');
const { abortError } = require('../errors.js');
const { hasRoomForIds, longPauseMs } = require('./headroom.js');
const inbox = require('./inbox.js');

/**
 * V8 marks its heap for some hundred milliseconds before a collection, in steps between which JavaScript runs.
 * A fork has to wait for the end of it, and does so standing still if it takes longer than this.
 */
const MARKING_MS = 2000;
const LOOK_EVERY_MS = 10;

/** A Node process that dumps itself. */
const PROBE = path.join(__dirname, 'fork-probe.js');

/** Why this process cannot be forked for a dump; `undefined` if it can, as far as is known without trying. */
function obstacle() {
  if (process.platform !== 'linux') return 'forked dumps exist on Linux only';
  if (!isPlainNode()) return 'forked dumps are not tried where the executable is not Node itself';
  return binding.forkObstacle() ?? undefined;
}

/** Why a child of this process cannot write an image of its memory; `undefined` if it can. */
function imageObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'heap images exist on Linux x64 only';
  return obstacle();
}

/** An application that is one executable would start anew instead of running the probe. */
function isPlainNode() {
  if (process.versions.electron !== undefined || process.pkg !== undefined) return false;
  try {
    return !require('node:sea').isSea();
  } catch {
    return true; // Node before 20.12
  }
}

/** Why forked dumps do not work here: a text, `''` if they do, `undefined` if nobody has tried yet. */
function verdict() {
  return obstacle() ?? binding.forkVerdict() ?? undefined;
}

/** The same, tried if need be: blocks for some hundred milliseconds, once in the life of a process. */
function verdictNow() {
  if (verdict() === undefined) binding.probeFork(process.execPath, PROBE);
  return verdict();
}

/** Has the mail `message` delivered, as a request or a notice, when there is a verdict. A request is also delivered after fifteen seconds without one. */
function afterProbe(message, isRequest) {
  binding.probeForkLater(process.execPath, PROBE, inbox.id, JSON.stringify(message), isRequest);
}

/** Resolves when there is a verdict. */
async function probed() {
  if (verdict() !== undefined) return;
  await new Promise((resolve) => afterProbe({ kind: 'finished', ticket: inbox.expect(resolve) }, false));
}

/** What is known of forked dumps here, when it is asked for. */
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

/** The mode of a dump for which none was asked: not in place if that stops JavaScript for long. */
function defaultMode() {
  return process.platform === 'linux' && longPauseMs() !== undefined ? 'auto' : 'inline';
}

/**
 * Dumps as `request.mode` says with `attempt(request)`, a promise of a result; again, and otherwise, as `decide` says.
 * The result's `fallback` says why it was not forked.
 */
async function attempted({ mode = defaultMode(), fallback = true, ...request }, attempt) {
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
      // Numbering the objects would end it.
      if (request.comparable === false || (method === 'image' && !hasRoomForIds())) await marked();
    }
    if (signal?.aborted) throw abortError(signal);
    try {
      // Numbering the objects begins with a full collection: less is under way afterwards.
      const comparable = children > 0 && method === 'fork' ? { comparable: true } : {};
      return await attempt({ ...request, method, fallbackReason, ...comparable });
    } catch (error) {
      if (!isForked(method)) throw error;
      children += 1;
      decision = decide({ ...situation, children, failure: error });
    }
  }
}

/** Resolves when V8 is not marking, or does not come to an end of it. */
async function marked() {
  for (let waited = 0; waited < MARKING_MS && binding.isMarking(); waited += LOOK_EVERY_MS) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

module.exports = { afterProbe, attempted, forks, imageObstacle, obstacle, probed, verdictNow };
