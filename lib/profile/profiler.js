'use strict';
// The allocation profiler of this thread: V8's sampling profiler, used through the inspector session.

const { now } = require('../capture/clock.js');
const { command } = require('../capture/session.js');
const { checkOptions, checks } = require('../validate.js');
const { AllocationProfile, lastOrdinal, madeAfter } = require('./allocation-profile.js');

/** Average number of allocated bytes between two samples. It has no measurable cost (`npm run bench:profile`). */
const DEFAULT_INTERVAL_BYTES = 512 * 1024;

const OPTIONS = { intervalBytes: checks.positiveBytes };

/** The samplings of this thread. They share V8's profiler, which runs as long as there is one. */
const samplings = new Set();

/** The interval of V8's profiler; `undefined` while it does not run. */
let runningIntervalBytes;

/** Returns whether V8's profiler runs for this package. */
function isSampling() {
  return samplings.size > 0;
}

/** Samples the allocations from its construction until `stop()`. */
class Sampling {
  #startedAt = new Date();
  #startedMs = now();
  /** The last sample before this sampling began. */
  #ordinal = 0;

  /**
   * @param {number} [intervalBytes] without it, the interval at which V8's profiler already runs, or the default
   * @throws {Error} `ERR_HEAPDUMP_PROFILER` if V8's profiler runs with another interval
   */
  constructor(intervalBytes) {
    if (isSampling()) {
      checkInterval(intervalBytes);
      this.#ordinal = lastOrdinal(this.#raw());
    } else {
      const samplingInterval = intervalBytes ?? DEFAULT_INTERVAL_BYTES;
      command('HeapProfiler.startSampling', { samplingInterval });
      runningIntervalBytes = samplingInterval;
    }
    samplings.add(this);
  }

  /** Average number of bytes between two samples. */
  get intervalBytes() {
    return runningIntervalBytes;
  }

  #raw(method = 'HeapProfiler.getSamplingProfile') {
    return command(method).profile;
  }

  #profile(raw) {
    return new AllocationProfile(this.#ordinal === 0 ? raw : madeAfter(raw, this.#ordinal), {
      intervalBytes: runningIntervalBytes,
      startedAt: this.#startedAt,
      durationMs: Math.round(now() - this.#startedMs),
    });
  }

  /** Returns the profile of the objects that were allocated since the construction and are alive. */
  take() {
    return this.#profile(this.#raw());
  }

  /** Returns the same profile, and ends. */
  stop() {
    const isLast = samplings.size === 1;
    const profile = this.#profile(this.#raw(isLast ? 'HeapProfiler.stopSampling' : undefined));
    samplings.delete(this);
    return profile;
  }
}

/** Throws if V8's profiler runs with another interval than a caller demands. */
function checkInterval(intervalBytes) {
  if (intervalBytes === undefined || intervalBytes === runningIntervalBytes) return;
  throw failure(`the profiler samples already, every ${runningIntervalBytes} bytes: stop it first`);
}

/** The profiler that the application starts and stops. */
class Profiler {
  /** @type {Sampling|undefined} */
  #sampling;

  /** Whether the profiler samples allocations. */
  get isRunning() {
    return this.#sampling !== undefined;
  }

  /** Starts to sample. If the profiler already runs, only the same interval is accepted, and has no effect. */
  start(options) {
    const { intervalBytes } = checkOptions(options, OPTIONS);
    if (this.isRunning) checkInterval(intervalBytes);
    else this.#sampling = new Sampling(intervalBytes);
  }

  /** Returns the profile of what was allocated since `start()` and is alive. */
  take() {
    return this.#running.take();
  }

  /** Returns the same profile, and stops. */
  stop() {
    const profile = this.#running.stop();
    this.#sampling = undefined;
    return profile;
  }

  get #running() {
    if (this.#sampling === undefined) throw failure('the profiler does not run: call start() first');
    return this.#sampling;
  }
}

function failure(message) {
  return Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_PROFILER' });
}

const profiler = new Profiler();

/** Returns the profiler of this thread. */
const profile = () => profiler;

module.exports = { DEFAULT_INTERVAL_BYTES, Sampling, isSampling, profile };
