'use strict';
// Dumps a process that cannot load the addon: V8 sends its own snapshot through the inspector. This process writes the file, with
// the same native code as in any dump: checked, redacted, compressed, and published when it is complete.

const fs = require('node:fs');
const path = require('node:path');
const { dumpDirectory, environment } = require('../target/inspect.js');
const { readOptions } = require('../../capture/environment.js');
const { fromFailure } = require('../../errors.js');
const { AllocationProfile } = require('../../profile/allocation-profile.js');
const { DEFAULT_INTERVAL_BYTES } = require('../../profile/profiler.js');
const { note } = require('../target/refusal.js');

/** Parameters of the call that takes the snapshot. */
const PARAMS = { reportProgress: false, treatGlobalObjectsAsRoots: true, captureNumericValue: false, exposeInternals: false };

/** Returns the request in the form of `lib/capture`. */
function requestFor(target, { dir, compress, redact, encryptTo }) {
  const { place } = require('../../capture/dump.js');
  const { withRequest } = require('../../capture/signal-request.js');
  const own = readOptions(environment(target.pid)?.NODE_HEAPDUMP_OPTIONS ?? '');
  const settings = { redact: own.redact, encryptTo: own.encryptTo };
  const { redact: level, encryptTo: keys } = withRequest(settings, { redact, encryptTo });
  const placed = place({ dir: dir ?? dumpDirectory(target), compress, encryptTo: keys });
  return { ...placed, redact: level ?? false };
}

class StreamedDumps {
  #target;
  #inspector;
  #method;
  /** The facts of the profile that is being sampled. */
  #profiling;

  /** @param {{isStuck: boolean}} how a stuck event loop never starts a snapshot that V8 defers */
  constructor(target, inspector, { isStuck }) {
    this.#target = target;
    this.#inspector = inspector;
    this.#method = isStuck ? 'HeapProfiler.stopTrackingHeapObjects' : 'HeapProfiler.takeHeapSnapshot';
  }

  async dump(options, onProgress) {
    const binding = require('../../binding.js');
    const { nativePlan } = require('../../capture/capture.js');
    if (options.sources) note('texts of scripts are not written, because the addon is not loaded there');
    const request = requestFor(this.#target, options);
    fs.mkdirSync(path.dirname(request.path), { recursive: true, mode: 0o700 });
    const native = binding.openDump(nativePlan(request));
    if (!(native instanceof binding.NativeDump)) throw fromFailure(native);
    const begun = performance.now();
    try {
      await this.#receive(native, onProgress);
    } catch (error) {
      native.abandon(error.message);
      native.finish('{}');
      throw error;
    }
    const durationMs = performance.now() - begun;
    const facts = { method: 'inline', reason: 'attach', pid: this.#target.pid, path: request.path, pauseMs: durationMs };
    const result = native.finish(JSON.stringify(facts));
    if (typeof result !== 'string') throw fromFailure(result);
    return { ...JSON.parse(result), sources: undefined };
  }

  /** Samples through the session of the inspector: V8 stops when that is closed, also because this process was killed. */
  async startProfile({ intervalBytes = DEFAULT_INTERVAL_BYTES }) {
    await this.#inspector.session.call('HeapProfiler.startSampling', { samplingInterval: intervalBytes });
    this.#profiling = { intervalBytes, startedAt: new Date() };
  }

  /** Resolves with the text of a `.heapprofile`. */
  async stopProfile() {
    const { intervalBytes, startedAt } = this.#profiling;
    const { profile } = await this.#inspector.session.call('HeapProfiler.stopSampling');
    return new AllocationProfile(profile, { intervalBytes, startedAt, durationMs: Date.now() - startedAt }).toHeapProfile();
  }

  async #receive(native, onProgress) {
    const { session } = this.#inspector;
    let bytes = 0;
    onProgress({ state: 'writing', bytes });
    const receive = ({ chunk }) => {
      if (bytes === 0) native.begin();
      native.write(chunk);
      bytes += chunk.length;
      onProgress({ state: 'writing', bytes });
    };
    session.on('HeapProfiler.addHeapSnapshotChunk', receive);
    try {
      await session.call(this.#method, PARAMS);
    } finally {
      session.off('HeapProfiler.addHeapSnapshotChunk', receive);
    }
  }

  close() {
    return this.#inspector.close();
  }
}

module.exports = { StreamedDumps };
