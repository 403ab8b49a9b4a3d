'use strict';
// The allocation profiler of this thread: V8's sampling profiler, used through the inspector session.

const { now } = require('../capture/clock.js');
const { command } = require('../capture/session.js');
const { checkOptions, checks } = require('../validate.js');
const { AllocationProfile } = require('./allocation-profile.js');

/** Average number of allocated bytes between two samples. It has no measurable cost (`npm run bench:profile`). */
const DEFAULT_INTERVAL_BYTES = 512 * 1024;

const OPTIONS = { intervalBytes: checks.positiveBytes };

class Profiler {
  /** `{ intervalBytes, startedAt, startedMs }`; `undefined` while the profiler does not run. */
  #running;

  /** Whether the profiler samples allocations. */
  get isRunning() {
    return this.#running !== undefined;
  }

  /** Starts to sample. If the profiler already runs, only the same interval is accepted, and has no effect. */
  start(options) {
    const { intervalBytes = DEFAULT_INTERVAL_BYTES } = checkOptions(options, OPTIONS);
    if (this.#running !== undefined) {
      if (this.#running.intervalBytes === intervalBytes) return;
      throw busy(`the profiler samples already, every ${this.#running.intervalBytes} bytes: stop it first`);
    }
    command('HeapProfiler.startSampling', { samplingInterval: intervalBytes });
    this.#running = { intervalBytes, startedAt: new Date(), startedMs: now() };
  }

  /** Returns the profile of what was allocated since `start()` and is alive. */
  take() {
    return this.#profile('HeapProfiler.getSamplingProfile');
  }

  /** Returns the same profile, and stops. */
  stop() {
    const profile = this.#profile('HeapProfiler.stopSampling');
    this.#running = undefined;
    return profile;
  }

  #profile(method) {
    if (this.#running === undefined) throw busy('the profiler does not run: call start() first');
    const { intervalBytes, startedAt, startedMs } = this.#running;
    const { profile } = command(method);
    return new AllocationProfile(profile, { intervalBytes, startedAt, durationMs: Math.round(now() - startedMs) });
  }
}

function busy(message) {
  return Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_PROFILER' });
}

const profiler = new Profiler();

/** Returns the profiler of this thread. */
const profile = () => profiler;

module.exports = { profile };
