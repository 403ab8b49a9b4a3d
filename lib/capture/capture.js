'use strict';
// Takes one dump of this environment: opens the file, asks V8 for the snapshot, publishes the file.

const path = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { isForked } = require('./decision.js');
const { isEncrypting, recipients } = require('./encryption.js');
const { abortError, fromFailure } = require('../errors.js');
const { childMemory, childTimeMs, demand, heapSizes, learn } = require('./headroom.js');
const { asImage, imageFacts } = require('./image.js');
const inbox = require('./inbox.js');
const redaction = require('./redact.js');
const { livingScripts } = require('./scripts.js');
const session = require('./session.js');

/** Maximum time that an exiting process waits until a complete snapshot is on disk. */
const EXIT_GRACE_MS = 30_000;

/**
 * One dump, from the request to V8 until the file is published.
 *
 * @typedef {object} Request
 * @property {string} path of the file; with an outlet, its name in messages
 * @property {{descriptor: number}|{handover: number}} [outlet] replaces the file: a descriptor of this process, or one of the
 *   process that requested the dump
 * @property {boolean} [replace] replace an existing file
 * @property {'gzip'|'zstd'} [encoding]
 * @property {boolean} [sidecar]
 * @property {{before: object|null, after: null}} [memory] the ledger of the process before the dump, for the sidecar
 * @property {boolean} [sources] the texts of all scripts in a file beside the snapshot
 * @property {import('../profile/profiler.js').Sampling} [profile] whose profile is written beside the snapshot
 * @property {boolean} [announce] print a line on stderr when the dump has ended
 * @property {string} reason
 * @property {'inline'|'interrupt'|'fork'|'image'} [method]
 * @property {boolean} [force] skip the check of memory and disk
 * @property {false|'strings'|'strict'|object} [redact] data to remove; default: as in the environment
 * @property {boolean} [survives] with `fork`: the child goes on if this process ends
 * @property {boolean} [isUrgent] with `fork`: the child runs with the priority of this process instead of a low one
 * @property {string} [fallbackReason] why the method is not `fork`
 * @property {() => object} [otherwise] returns the message that requests the dump again if the child fails. Native code adds
 *   the `failure` to it
 * @property {number} [deadlineMs] with `fork`: maximum time of all children together; default: an estimate
 * @property {number} [forkedSince] the time, as `now()` returns it, when the first child of this dump was requested. Also set for
 *   an inline dump that follows a failed child
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
  /** Maximum time of all children of this dump together; `null` without a child. */
  #deadlineMs = null;
  /** The first error that the application caused: an abort, or an `onProgress` that threw. */
  #stopped;
  /** V8 has handed out the whole snapshot. */
  isTaken = false;

  /** Opens the file. Throws if that fails, or if another dump holds the dump lock. */
  constructor(request, { block = false, deferred = false } = {}) {
    if (request.method === 'image') request = asImage(request);
    this.#request = request;
    if (isForked(request.method) || request.forkedSince !== undefined)
      this.#deadlineMs = request.deadlineMs ?? childTimeMs(request);
    // A caller that interrupts or blocks has no other method to fall back to.
    const demands = !request.force && !block && request.method !== 'interrupt';
    // Checked before anything is opened, because an inline dump may still fit.
    if (demands && isForked(request.method)) demand(request);
    this.isDeferred = deferred;
    const [open, Native] = isForked(request.method)
      ? [binding.openFork, binding.NativeFork]
      : [binding.openDump, binding.NativeDump];
    this.dump = open(nativePlan(request, { wait: block, deferred }));
    if (!(this.dump instanceof Native)) throw fromFailure(this.dump);
    this.#clock = new PauseClock(deferred);
    if (!demands || isForked(request.method)) return;
    // Checked after the file was opened: an error of the file is the better reason, and a command that watches the
    // directory sees that the dump failed.
    const refused = errorOf(() => demand({ method: 'inline', ...request }));
    if (refused) {
      this.discard(refused);
      throw refused;
    }
  }

  /** Writes a chunk of the snapshot. Must not throw, because the inspector calls it. */
  chunk = (text) => {
    if (this.#bytes === 0) this.#clock.begin();
    if (this.#stopped) return; // V8 cannot be stopped, but its text can be dropped
    if (this.#bytes === 0) this.dump.begin();
    this.dump.write(text);
    this.#bytes += text.length;
    this.follow({ bytes: this.#bytes });
  };

  /** Reports progress to the application. An abort, or an error that it throws, stops the dump. */
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

  /** Improves later estimates by the size of this snapshot. */
  learn({ snapshotBytes }) {
    if (!redaction.plan(this.#request.redact) && this.#request.method !== 'image') learn(this.#heapBefore, snapshotBytes);
  }

  get stopped() {
    return this.#stopped;
  }

  /** Forks a child that takes the snapshot. */
  fork() {
    const { method, comparable = true, survives = false, isUrgent = false, forkedSince = now() } = this.#request;
    const isImage = method === 'image';
    const timeoutMs = Math.max(0, forkedSince + this.#deadlineMs - now());
    // Prepared here, because the child has no other threads, and cannot.
    session.prepare();
    // Runs in the child, which then ends.
    const inChild = () => {
      session.takeSnapshotNow(binding.writeInChild, this.#request, true);
      return true;
    };
    const child = this.dump.fork(inChild, {
      comparable,
      survives,
      // At a low priority an image takes seconds on a busy machine. Meanwhile the parent changes pages, and each costs a copy.
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

  /** Called when V8 is done, or works in a child. Returns the known part of the result as JSON, or throws why there is no dump. */
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
   * Asks V8 for the texts of scripts. Runs after the snapshot, which would contain them otherwise; a child has its copy of the
   * heap by then. Missing texts do not fail the dump.
   *
   * @returns {object|null} `sources` of the result; the writer adds to it
   */
  #sources() {
    const { redact, sources, survives, encryptTo } = this.#request;
    if (!sources) return null;
    if (isEncrypting(encryptTo)) return { path: null, reason: 'the dump is encrypted, and the texts of scripts would not be' };
    if (survives) return { path: null, reason: 'the heap is full: V8 cannot be asked for the texts of scripts' };
    const begun = now();
    try {
      livingScripts(redaction.plan(redact) !== undefined, (name, text) => this.dump.addScript(name, text));
    } catch (error) {
      return { path: null, reason: `V8 gave no texts of scripts: ${error.message}` };
    }
    return { pauseMs: milliseconds(now() - begun) };
  }

  /** Removes the unfinished file. `reason` goes into the announcement on stderr. */
  discard(reason = abortError()) {
    this.#clock.end();
    this.#stopped ??= reason;
    this.dump.abandon(reason.code === 'ABORT_ERR' ? undefined : String(reason.message ?? reason));
    this.dump.finish?.('{}');
  }
}

/** Returns the part of the result that is known before the dump is taken. */
function factsBefore({ method = 'inline', reason, fallbackReason = null, memory: ledgers, encryptTo }) {
  return {
    ...(ledgers && { memory: ledgers }),
    encrypted: isEncrypting(encryptTo),
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

/** Returns the part of `request` that native code needs. */
function nativePlan(request, { wait = false, deferred = false } = {}) {
  return {
    path: request.path,
    descriptor: request.outlet?.descriptor,
    handover: request.outlet?.handover,
    replace: request.replace ?? false,
    encoding: request.encoding,
    recipients: recipients(request.encryptTo),
    sidecar: request.sidecar ?? false,
    announce: request.announce ?? false,
    retried: request.otherwise !== undefined,
    wait,
    deferred,
    redaction: redaction.plan(request.redact),
  };
}

/**
 * Measures how long JavaScript did not run. V8 starts a deferred snapshot between two turns of the event loop, without a
 * notice: the pause begins with the last beat before the first chunk arrives.
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

  /** Called with the first chunk. */
  begin() {
    this.#waiting = false;
  }

  /** Returns the milliseconds since the last beat. */
  end() {
    this.#waiting = false;
    return now() - this.#last;
  }
}

/** Rounds to microseconds. */
function milliseconds(ms) {
  return Math.round(ms * 1000) / 1000;
}

/** Returns `null` if it cannot be read: that takes a file descriptor, and there may be none left. */
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
  const parsed = JSON.parse(result);
  job.learn(parsed);
  return parsed;
}

/**
 * Takes a snapshot. The file is published in the background, and `done(error, result)` is called from the event loop.
 * Throws errors that are known before V8 starts: a missing directory, a dump lock that is held.
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
 * Takes a snapshot for another environment. The writer thread sends the result there itself, because this thread may be stuck
 * and never return to its event loop. `failed(error)` is called if there is nothing to write.
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

/** Returns whether the snapshot waits for the event loop. In an interrupt the event loop is stuck, and it would wait forever. */
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

// When the process exits, a complete snapshot is still written to disk. A dump whose snapshot V8 has not handed out is discarded.
const jobs = new Set();
/** Notes that `job`, or a dump that another thread takes for this one, has begun or ended. */
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

// JavaScript was terminated in the middle of a dump (`timeout` of `vm`). Native code has removed the file; the callers that
// wait for it get an error.
inbox.handle('ended', () => {
  for (const job of jobs) if (!job.isTaken && job.isDeferred === false) job.end();
});

module.exports = { EXIT_GRACE_MS, capture, captureFor, captureSync, factsBefore, nativePlan, underWay };
