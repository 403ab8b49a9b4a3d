'use strict';
// One dump of this environment: opens the file, asks V8, publishes.

const path = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { isForked } = require('./decision.js');
const { abortError, fromFailure } = require('../errors.js');
const { childMemory, childTimeMs, demand, heapSizes, learn } = require('./headroom.js');
const { asImage, imageFacts } = require('./image.js');
const inbox = require('./inbox.js');
const redaction = require('./redact.js');
const { livingScripts } = require('./scripts.js');
const session = require('./session.js');

/** How long the end of the process waits for a dump whose snapshot is taken. */
const EXIT_GRACE_MS = 30_000;

/**
 * One dump between the question to V8 and the file.
 *
 * @typedef {object} Request
 * @property {string} path of the file; what messages call the outlet if there is one
 * @property {{descriptor: number}|{handover: number}} [outlet] where the snapshot goes in the place of a file: to a descriptor,
 *   or to that of the process that has asked for it
 * @property {boolean} [replace] replace an existing file
 * @property {'gzip'|'zstd'} [encoding]
 * @property {boolean} [sidecar]
 * @property {boolean} [sources] the texts of all scripts in a file beside the snapshot
 * @property {boolean} [announce] one line on stderr when it has ended
 * @property {string} reason
 * @property {'inline'|'interrupt'|'fork'|'image'} [method]
 * @property {boolean} [force] also if it may not fit
 * @property {false|'strings'|'strict'|object} [redact] what is taken out; by default what the environment says
 * @property {boolean} [survives] with `fork`: the child goes on if this process ends
 * @property {boolean} [isUrgent] with `fork`: the child has the same priority as this process, and not a low one
 * @property {string} [fallbackReason] why the method is not `fork`
 * @property {() => object} [otherwise] gives the mail that asks for the dump again if the child fails; it gets the `failure`
 * @property {number} [deadlineMs] with `fork`: how long the children may take together; by default what the estimate says
 * @property {number} [forkedSince] when the first child of this dump was asked for, as `now()` said; also for a dump that is
 *   taken in place because the child failed
 * @property {boolean} [comparable] with `fork`: objects keep their ids in later dumps
 * @property {boolean} [exposeInternals]
 * @property {boolean} [exposeNumericValues]
 * @property {AbortSignal} [signal]
 * @property {(p: {bytes: number}) => void} [onProgress]
 */
class Job {
  #request;
  #memoryBefore = memory();
  #heapBefore = heapSizes();
  #startedAt = new Date();
  #clock;
  #bytes = 0;
  /** How long the children of this dump may take together; `null` if there are none. */
  #deadlineMs = null;
  /** The first error of the application's own making: an abort, a throwing `onProgress`. */
  #stopped;
  /** V8 has handed all of it out. */
  isTaken = false;

  /** Opens the file. Throws if that cannot be, or if somebody else is dumping. */
  constructor(request, { block = false, deferred = false } = {}) {
    if (request.method === 'image') request = asImage(request);
    this.#request = request;
    if (isForked(request.method) || request.forkedSince !== undefined)
      this.#deadlineMs = request.deadlineMs ?? childTimeMs(request);
    // Who interrupts or blocks has no other way to a dump.
    const demands = !request.force && !block && request.method !== 'interrupt';
    // Before anything is opened: in place it may fit.
    if (demands && isForked(request.method)) demand(request);
    this.isDeferred = deferred;
    const [open, Native] = isForked(request.method)
      ? [binding.openFork, binding.NativeFork]
      : [binding.openDump, binding.NativeDump];
    this.dump = open(nativePlan(request, { wait: block, deferred }));
    if (!(this.dump instanceof Native)) throw fromFailure(this.dump);
    this.#clock = new PauseClock(deferred);
    if (!demands || isForked(request.method)) return;
    // After the file was opened: what is wrong with it is the better reason, and who watches
    // the directory sees the dump given up.
    const refused = errorOf(() => demand({ method: 'inline', ...request }));
    if (refused) {
      this.discard(refused);
      throw refused;
    }
  }

  /** Takes a piece of the snapshot. Nothing may be thrown into the inspector. */
  chunk = (text) => {
    if (this.#bytes === 0) this.#clock.begin();
    if (this.#stopped) return; // V8 cannot be stopped; its text can be dropped
    if (this.#bytes === 0) this.dump.begin();
    this.dump.write(text);
    this.#bytes += text.length;
    this.follow({ bytes: this.#bytes });
  };

  /** Tells the application how far the dump is; an abort or what it throws stops the dump. */
  follow(progress) {
    const { onProgress, signal } = this.#request;
    try {
      onProgress?.(progress);
      if (signal?.aborted) this.#stopped = abortError(signal);
    } catch (error) {
      this.#stopped = error;
    }
    if (this.#stopped) this.dump.abandon();
  }

  /** The file is there: the next estimate is a better one. */
  learn({ snapshotBytes }) {
    if (!redaction.plan(this.#request.redact) && this.#request.method !== 'image') learn(this.#heapBefore, snapshotBytes);
  }

  get stopped() {
    return this.#stopped;
  }

  /** Lets a child take the snapshot. */
  fork() {
    const { method, comparable = true, survives = false, isUrgent = false, forkedSince = now() } = this.#request;
    const isImage = method === 'image';
    const timeoutMs = Math.max(0, forkedSince + this.#deadlineMs - now());
    // In the child nothing can be set up any more: it has no threads.
    session.prepare();
    // Runs in the child, which ends with it.
    const inChild = () => {
      session.takeSnapshotNow(binding.writeInChild, this.#request, true);
      return true;
    };
    const child = this.dump.fork(inChild, {
      comparable,
      survives,
      // A low priority makes seconds of an image on a busy machine, in which the parent changes pages.
      isInBackground: !isUrgent && !isImage,
      memoryBytes: childMemory(),
      timeoutMs,
      image: isImage ? this.#imageFacts() : undefined,
    });
    if (typeof child !== 'number') throw fromFailure(child);
  }

  #imageFacts() {
    const known = { startedAt: this.#startedAt.toISOString(), memory: this.#memoryBefore, heap: this.#heapBefore };
    return imageFacts(this.#request, { ...factsBefore(this.#request), ...known });
  }

  /** V8 is done, or at work elsewhere. Gives what is known of the dump, as JSON, or throws why there is none. */
  facts(error = null) {
    const pauseMs = this.#clock.end();
    this.isTaken = true;
    const failure = this.#stopped ?? error;
    if (failure) {
      this.discard(failure);
      throw failure;
    }
    const sources = this.#sources();
    return JSON.stringify({
      ...factsBefore(this.#request),
      sources,
      path: this.#request.outlet === undefined ? path.resolve(this.#request.path) : null,
      deadlineMs: this.#deadlineMs,
      startedAt: this.#startedAt.toISOString(),
      pauseMs: milliseconds(pauseMs),
      memoryBefore: this.#memoryBefore,
      memoryAfter: memory(),
    });
  }

  /**
   * Asks V8 for the texts of scripts. After the snapshot: they would be in it, and a child has its copy of the heap by now.
   * What is missing is no reason to lose the dump.
   *
   * @returns {object|null} what the result tells; the writer adds to it
   */
  #sources() {
    const { redact, sources, survives } = this.#request;
    if (!sources) return null;
    if (survives) return { path: null, reason: 'the heap is full: V8 cannot be asked for the texts of scripts' };
    const begun = now();
    try {
      livingScripts(redaction.plan(redact) !== undefined, (name, text) => this.dump.addScript(name, text));
    } catch (error) {
      return { path: null, reason: `V8 gave no texts of scripts: ${error.message}` };
    }
    return { pauseMs: milliseconds(now() - begun) };
  }

  /** Leaves nothing behind, and says why. */
  discard(reason = abortError()) {
    this.#clock.end();
    this.#stopped ??= reason;
    this.dump.abandon(reason.code === 'ABORT_ERR' ? undefined : String(reason.message ?? reason));
    this.dump.finish?.('{}');
  }
}

/** What is known of the result of a dump before it is taken. */
function factsBefore({ method = 'inline', reason, fallbackReason = null }) {
  return {
    method,
    reason,
    fallback: fallbackReason,
    pid: process.pid,
    threadId,
    isMainThread,
    node: process.version,
    v8: process.versions.v8,
  };
}

/** What native code is to know of `request`. */
function nativePlan(request, { wait = false, deferred = false } = {}) {
  return {
    path: request.path,
    descriptor: request.outlet?.descriptor,
    handover: request.outlet?.handover,
    replace: request.replace ?? false,
    encoding: request.encoding,
    sidecar: request.sidecar ?? false,
    announce: request.announce ?? false,
    retried: request.otherwise !== undefined,
    wait,
    deferred,
    redaction: redaction.plan(request.redact),
  };
}

/**
 * Measures how long JavaScript stood still. A deferred snapshot begins unseen
 * between two turns of the loop: after the last sign of life before its text comes.
 */
class PauseClock {
  #last = now();
  #waiting;

  constructor(deferred) {
    this.#waiting = deferred;
    if (deferred) process.nextTick(() => this.#beat());
  }

  #beat() {
    if (!this.#waiting) return;
    this.#last = now();
    setImmediate(() => this.#beat());
  }

  /** The text has begun to come. */
  begin() {
    this.#waiting = false;
  }

  /** Milliseconds from the last sign of life until now. */
  end() {
    this.#waiting = false;
    return now() - this.#last;
  }
}

/** To the microsecond. */
function milliseconds(ms) {
  return Math.round(ms * 1000) / 1000;
}

/** `null` if it cannot be known: it takes a file descriptor, and there may be none left. */
function memory() {
  try {
    return process.memoryUsage();
  } catch {
    return null;
  }
}

/** Takes a snapshot and blocks until the file is published. */
function captureSync(request) {
  const job = new Job(request, { block: true });
  const failed = errorOf(() => session.takeSnapshotNow(job.chunk, request));
  const result = job.dump.finish(job.facts(failed));
  if (typeof result !== 'string') throw fromFailure(result);
  const told = JSON.parse(result);
  job.learn(told);
  return told;
}

/**
 * Takes a snapshot; the file is published in the background, and
 * `done(error, result)` is called from the loop.
 * Throws what is known before: no such directory, somebody else is dumping.
 */
function capture(request, done) {
  const { signal } = request;
  const job = new Job(request, { deferred: isDeferred(request) });
  const onAbort = () => job.dump.abandon();
  signal?.addEventListener?.('abort', onAbort, { once: true });
  underWay(job, true);

  const ticket = inbox.expect(
    ({ result, error, failure }) => {
      underWay(job, false);
      signal?.removeEventListener?.('abort', onAbort);
      if (failure) error = fromFailure(failure, signal);
      if (result) job.learn(result);
      done(job.stopped ?? error, result);
    },
    (progress) => job.follow(progress),
  );
  job.end = () => inbox.settle({ ticket, error: abortError() });
  run(job, request, {
    taken: (facts) => job.dump.finishLater(facts, inbox.id, ticket, JSON.stringify(request.otherwise?.())),
    failed: (error) => inbox.settle({ ticket, error }),
  });
}

/**
 * Takes a snapshot on behalf of another environment, which is told how it ended by the
 * writer itself: this thread may be stuck, and never see its loop again.
 * `failed(error)` is called if there is nothing to write.
 */
function captureFor({ environment, ticket }, request, failed) {
  const job = new Job(request, { deferred: isDeferred(request) });
  underWay(job, true);
  job.end = () => {
    underWay(job, false);
    failed(abortError());
  };
  run(job, request, {
    taken(facts) {
      underWay(job, false);
      job.dump.finishLater(facts, environment, ticket);
    },
    failed(error) {
      underWay(job, false);
      failed(error);
    },
  });
}

/** In an interrupt the loop is stuck: what waits for it would wait for ever. */
function isDeferred(request) {
  return session.IS_DEFERRED && (request.method ?? 'inline') === 'inline';
}

function run(job, request, { taken, failed }) {
  const done = (error) => {
    try {
      taken(job.facts(error));
    } catch (reason) {
      failed(reason);
    }
  };
  if (isForked(request.method)) {
    done(errorOf(() => job.fork()));
    return;
  }
  if (!isDeferred(request)) {
    done(errorOf(() => session.takeSnapshotNow(job.chunk, request)));
    return;
  }
  const error = errorOf(() => session.takeSnapshot(job.chunk, request, done));
  if (error) done(error);
}

function errorOf(action) {
  try {
    action();
    return null;
  } catch (error) {
    return error;
  }
}

// A snapshot that is taken is worth the moment it needs to reach the disk; one that V8
// was only asked for leaves nothing behind.
const jobs = new Set();
/** Notes that `job`, or what another thread does for this one, has begun or ended. */
function underWay(job, is) {
  if (jobs.size === 0) process.on('exit', atExit);
  if (is) jobs.add(job);
  else jobs.delete(job);
  if (jobs.size === 0) process.removeListener('exit', atExit);
}
function atExit() {
  for (const job of jobs) if (!job.isTaken) job.discard?.();
  binding.settle(EXIT_GRACE_MS);
}

// JavaScript was ended in the middle of a dump (`timeout` of `vm`): native code has
// cleared the file away, and those who wait for it are told.
inbox.handle('ended', () => {
  for (const job of jobs) if (!job.isTaken && job.isDeferred === false) job.end();
});

module.exports = { EXIT_GRACE_MS, capture, captureFor, captureSync, factsBefore, nativePlan, underWay };
