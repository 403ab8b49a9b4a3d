'use strict';
// Dumps by a forked child: whether they work here, tried, tried again, and done without.

const path = require('node:path');
const { setTimeout } = require('node:timers');
const binding = require('./binding.js');
const { now } = require('./clock.js');
const { abortError } = require('./errors.js');
const { longPauseMs } = require('./headroom.js');
const mail = require('./mail.js');

/** A child that failed in one of these ways may be followed by a dump in place. */
const CHILD_CODES = ['ERR_HEAPDUMP_CHILD', 'ERR_HEAPDUMP_DEADLINE'];

/** A thread may have been changing what the child needed at the very instant of the fork: rare, and over the next time. */
const ATTEMPTS = 2;

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

/** Has the mail `message` delivered, as a request or a notice, when there is a verdict. A request is also delivered after five seconds without one. */
function afterProbe(message, isRequest) {
  binding.probeForkLater(process.execPath, PROBE, mail.id, JSON.stringify(message), isRequest);
}

/** Resolves when there is a verdict. */
async function probed() {
  if (verdict() !== undefined) return;
  await new Promise((resolve) => afterProbe({ kind: 'finished', ticket: mail.expect(resolve) }, false));
}

/**
 * How to dump: what `capture` is to be told as `method`, and why not by a fork if `mode`
 * would have had that. `undefined`: not known before a probe.
 *
 * @param {'auto'|'inline'|'fork'} mode
 */
function methodFor(mode) {
  if (mode === 'inline') return { method: 'inline' };
  const reason = mode === 'fork' ? (obstacle() ?? '') : verdict();
  if (reason === undefined) return undefined;
  return reason === '' ? { method: 'fork' } : { method: 'inline', fallbackReason: `no dump by a forked child: ${reason}` };
}

/** The mode of a dump for which none was asked: not in place if that stops JavaScript for long. */
function defaultMode() {
  return process.platform === 'linux' && longPauseMs() !== undefined ? 'auto' : 'inline';
}

/** How to dump if a probe takes its time. */
const TOO_LATE = { method: 'inline', fallbackReason: 'no dump by a forked child: it is not known yet whether that works' };

/**
 * Dumps as `request.mode` says with `attempt(request)`, a promise of a result: by a child,
 * by another one if that fails for a reason of its own and there is time left, and then in place,
 * if `request.fallback` allows it (it does by default). The result's `fallback` says why.
 */
async function attempted({ mode = defaultMode(), fallback = true, ...request }, attempt) {
  let how = methodFor(mode);
  if (how === undefined) {
    await probed();
    how = methodFor(mode) ?? TOO_LATE;
    if (request.signal?.aborted) throw abortError(request.signal);
  }
  if (mode === 'fork' && how.fallbackReason && !fallback) {
    throw Object.assign(new Error(how.fallbackReason), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
  }
  if (how.method === 'fork') request.forkedSince = now();
  for (let tried = 0; how.method === 'fork'; ) {
    // Numbering the objects would end it.
    if (request.comparable === false) await marked();
    if (request.signal?.aborted) throw abortError(request.signal);
    try {
      // Numbering the objects begins with a full collection: less is under way afterwards.
      return await attempt({ ...request, ...how, ...(tried > 0 && { comparable: true }) });
    } catch (error) {
      if (!isForksOwn(error)) throw error;
      tried += 1;
      if (tried < ATTEMPTS && error.code === 'ERR_HEAPDUMP_CHILD') continue;
      if (!fallback) throw error;
      how = { method: 'inline', fallbackReason: error.message };
    }
  }
  return attempt({ ...request, ...how });
}

/** Resolves when V8 is not marking, or does not come to an end of it. */
async function marked() {
  for (let waited = 0; waited < MARKING_MS && binding.isMarking(); waited += LOOK_EVERY_MS) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_EVERY_MS); });
  }
}

/** Whether another way to dump may succeed where forking did not. */
function isForksOwn({ code, need, syscall }) {
  // A child that ran out of memory had no `need` foretold, and neither would a dump in place fit.
  if (code === 'ERR_HEAPDUMP_HEADROOM') return need !== undefined;
  return [...CHILD_CODES, 'ERR_HEAPDUMP_UNSUPPORTED'].includes(code) || ['fork', 'pipe2', 'read'].includes(syscall);
}

module.exports = { ATTEMPTS, CHILD_CODES, TOO_LATE, afterProbe, attempted, isForksOwn, methodFor, obstacle, probed, verdictNow };
