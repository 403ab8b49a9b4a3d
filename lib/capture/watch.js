'use strict';
// `watch()`: takes dumps automatically when memory grows, with a minimum time between them.

const fs = require('node:fs');
const v8 = require('node:v8');
const path = require('node:path');
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { clearInterval, setInterval } = require('node:timers');
const binding = require('../binding.js');
const { capture, factsBefore, nativePlan } = require('./capture.js');
const { memoryGroups } = require('./cgroup.js');
const { CgroupWatch } = require('./cgroup-watch.js');
const { dumpFor, place } = require('./dump.js');
const { readOptions } = require('./environment.js');
const { publish } = require('./events.js');
const { decide } = require('./decision.js');
const { forks, imageObstacle, obstacle, probed } = require('./fork.js');
const { childMemory, estimate } = require('./headroom.js');
const inbox = require('./inbox.js');
const { imageName, lateName } = require('./names.js');
const { optionsFor, schemaOf } = require('./options.js');
const { takeProfile, writeProfileNow } = require('./profile-file.js');
const { checkOptions, outOfRange, wrongValue } = require('../validate.js');

const SCHEMA = schemaOf('watch');

const DEFAULTS = { nearHeapLimit: true, cooldownMs: 600_000, maxDumps: 3, keepLast: Infinity, diskQuota: Infinity };

/** A condition that has fired can fire again after its value was below this part of its threshold. */
const REARM_SHARE = 0.9;

/** By how much a full heap may grow, so that the dump can start: a part of its limit, and a minimum. */
const EXTRA_HEAP_SHARE = 0.1;
const MIN_EXTRA_HEAP_BYTES = 16 << 20;

/** Bytes of the heap that a sample takes while a profile is written: 190 were measured, and services have more kinds of stacks. */
const BYTES_PER_SAMPLE = 500;

/** The active watcher of this thread. */
let current;

class Watcher {
  #options;
  #how;
  #conditions;
  #observer;
  #timer;
  #cgroup;
  #baseline = v8.getHeapStatistics().used_heap_size;
  #lastDump = -Infinity;
  #isDumping = false;
  /** Files of this watcher, oldest first: `{ bytes, names }`. */
  #files = [];
  #dumps = 0;
  #samples;
  /** @type {import('../profile/profiler.js').Sampling|undefined} */
  #sampling;

  constructor(options) {
    this.#options = { ...DEFAULTS, ...options };
    this.#startProfile();
    this.#how = { ...optionsFor('dump', options), profile: this.#sampling };
    const { heapUsedRatio, growth, rss, cgroupRatio, everyMs } = this.#options;
    const value = {
      heapUsedRatio: ({ used_heap_size: used, heap_size_limit: limit }) => used / limit,
      growth: ({ used_heap_size: used }) => used - this.#baseline,
      rss: () => process.memoryUsage.rss(),
      cgroupRatio: () => this.#cgroup?.ratio ?? 0,
    };
    this.#conditions = Object.entries({ heapUsedRatio, growth, rss, cgroupRatio })
      .filter(([, threshold]) => threshold !== undefined)
      .map(([name, threshold]) => ({ name, threshold, value: value[name], isArmed: true }));
    // Garbage counts as used between collections. The size is meaningful only after a full collection.
    this.#observer = new PerformanceObserver((list) => {
      if (list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR)) this.#look();
    });
    this.#observer.observe({ entryTypes: ['gc'] });
    if (everyMs !== undefined) this.#timer = setInterval(() => this.#look(), everyMs).unref();
    if (cgroupRatio !== undefined) this.#watchCgroup(cgroupRatio);
    if (this.#options.nearHeapLimit) this.#armHeapLimit();
    const { Samples } = require('../memory/samples.js');
    this.#samples = new Samples();
    this.#samples.start();
  }

  /** Whether this watcher checks its conditions. */
  get active() {
    return current === this;
  }

  /** Number of dumps that this watcher has taken. */
  get dumps() {
    return this.#dumps;
  }

  /** Returns samples of the memory of the process, one per minute for a day, and verdicts about them. */
  memory() {
    return this.#samples.history();
  }

  /** Stops watching. */
  stop() {
    if (!this.active) return;
    current = undefined;
    this.#observer.disconnect();
    clearInterval(this.#timer);
    this.#samples.stop();
    this.#sampling?.stop();
    this.#cgroup?.stop();
    if (this.#options.nearHeapLimit && canWatchHeapLimit()) {
      binding.unwatchHeapLimit();
      binding.unwatchOutOfMemory();
    }
  }

  #startProfile() {
    const { profile } = this.#options;
    if (profile === undefined) return;
    const { Sampling } = require('../profile/profiler.js');
    this.#sampling = new Sampling(profile.intervalBytes);
  }

  #watchCgroup(threshold) {
    if (memoryGroups().length === 0) {
      process.emitWarning(
        'watch({ cgroupRatio }) has nothing to compare with: this process has no memory limit',
        'HeapdumpWarning',
      );
    }
    // The fork self-test runs now, because it needs memory, too.
    probed();
    this.#cgroup = new CgroupWatch(threshold, () => this.#look('cgroupRatio'));
  }

  /** Checks all conditions, or the one named `only`. */
  #look(only) {
    if (!this.active) return;
    const statistics = v8.getHeapStatistics();
    let due;
    for (const condition of this.#conditions) {
      if (only !== undefined && condition.name !== only) continue;
      const value = condition.value(statistics);
      if (value < condition.threshold * REARM_SHARE) condition.isArmed = true;
      if (value >= condition.threshold && condition.isArmed) due ??= condition;
    }
    if (due && !this.#isDumping && performance.now() - this.#lastDump >= (this.#options.cooldownMs ?? 0))
      this.#dump(due, statistics.used_heap_size);
  }

  async #dump(condition, usedBytes) {
    this.#isDumping = true;
    condition.isArmed = false;
    this.#lastDump = performance.now();
    try {
      if (!this.#makeRoom()) return;
      const result = await dumpFor(`watch: ${condition.name}`, this.#how);
      this.#count(result);
      // The size after the collection, because the dump itself leaves garbage.
      this.#baseline = usedBytes;
      // Growth starts from the new baseline. Armed here, because no check may see the value below the threshold before it grows.
      for (const one of this.#conditions) one.isArmed ||= one.name === 'growth';
    } catch {
      // Published as an 'error' event.
    } finally {
      this.#isDumping = false;
    }
  }

  #count({ path: file, bytes, ...beside }) {
    const others = [beside.sources, beside.profile].filter((one) => one?.path);
    this.#files.push({
      bytes: others.reduce((sum, other) => sum + other.bytes, bytes),
      names: [file, `${file}.json`, ...others.map((other) => other.path)],
    });
    while (this.#files.length > this.#options.keepLast) this.#forget();
    this.#dumps += 1;
    if (this.#dumps >= this.#options.maxDumps) this.stop();
  }

  /** Removes the oldest files to make room for the next one. Returns `false` if that alone would exceed the quota. */
  #makeRoom() {
    const { fileBytes } = estimate({ compress: this.#how.compress });
    if (fileBytes > this.#options.diskQuota) {
      publish(
        'error',
        Object.assign(
          new Error(`the dump is refused: it needs about ${fileBytes} bytes, and diskQuota is ${this.#options.diskQuota}`),
          { code: 'ERR_HEAPDUMP_HEADROOM', resource: 'diskQuota', need: fileBytes, room: this.#options.diskQuota },
        ),
      );
      return false;
    }
    const total = () => this.#files.reduce((sum, { bytes }) => sum + bytes, fileBytes);
    while (total() > this.#options.diskQuota) this.#forget();
    return true;
  }

  #forget() {
    for (const name of this.#files.shift().names) fs.rmSync(name, { force: true });
  }

  /** Returns the mode of a dump that cannot be retried. */
  #modeOfLastDump() {
    const { mode = 'auto', fallback } = this.#how;
    const isImage = fallback === 'image' && imageObstacle() === undefined && !estimate().fork.fits;
    return isImage ? 'image' : mode;
  }

  #armHeapLimit() {
    if (!canWatchHeapLimit()) return;
    // The fork self-test runs now, because there is no time for it when the heap is full.
    probed();
    const extra = Math.max(v8.getHeapStatistics().heap_size_limit * EXTRA_HEAP_SHARE, MIN_EXTRA_HEAP_BYTES);
    binding.watchHeapLimit(inbox.id, JSON.stringify({ kind: 'heapLimit' }), Math.min(extra, 2 ** 31));
    this.#armOutOfMemory();
  }

  /** Prepares the dump for an allocation that is larger than the rest of the heap. V8 then ends the process without a callback. */
  #armOutOfMemory() {
    const mode = this.#modeOfLastDump();
    // Only a child can take this dump.
    if (mode === 'inline' || obstacle() !== undefined) return;
    const { makeDirectory, ...request } = place({ ...this.#how, path: undefined }, lateName);
    const method = mode === 'image' ? 'image' : 'fork';
    const known = factsBefore({ method, reason: 'watch: outOfMemory' });
    const facts = { ...known, sources: null, deadlineMs: null, memoryBefore: null, memoryAfter: null };
    const plan = nativePlan({ ...request, announce: true });
    if (method === 'image') plan.path = imageName(plan.path);
    binding.watchOutOfMemory(plan, makeDirectory, JSON.stringify(facts), method === 'image', childMemory());
  }

  /** Takes a dump when V8 is about to run out of heap. Forks at once, and the child goes on if this process dies. */
  atHeapLimit(interrupted) {
    // Assigning object ids begins with a collection, which ends the process if the heap is beyond its limit.
    binding.serveHeapLimit();
    try {
      if (this.active && this.#dumps < this.#options.maxDumps) this.#dumpAtHeapLimit(interrupted);
    } finally {
      binding.unwatchHeapLimit();
    }
    return true;
  }

  #dumpAtHeapLimit(interrupted) {
    const mode = this.#modeOfLastDump();
    const { method, fallbackReason } = decide({ mode, forks, isInterrupted: interrupted, isLastChance: true });
    // Comparable, because a full collection then precedes the fork, and V8 is not marking at the fork.
    const { profile: sampling, ...request } = place({ ...this.#how, comparable: true, force: true });
    const taken = sampling && this.#profileOfFullHeap(request);
    let profile;
    if (request.makeDirectory) fs.mkdirSync(path.dirname(request.path), { recursive: true, mode: 0o700 });
    capture(
      { ...request, method, fallbackReason, announce: true, survives: true, reason: 'watch: nearHeapLimit' },
      (error, result) => {
        const complete = result && profile ? { ...result, profile } : result;
        if (error) publish('error', error);
        else publish('dump', complete);
        if (complete) {
          binding.unwatchOutOfMemory();
          this.#count(complete);
          return;
        }
        if (profile?.path) fs.rmSync(profile.path, { force: true });
        if (this.active) this.#armOutOfMemory();
      },
    );
    // Written when the child works already. This process may end soon.
    if (taken) profile = writeProfileNow(request.path, taken);
    binding.standByForOutOfMemory();
  }

  /** Returns the profile, or why there is none: it takes room on the heap. */
  #profileOfFullHeap(request) {
    const { used_heap_size: used, total_available_size: available } = v8.getHeapStatistics();
    const bytes = (used / this.#sampling.intervalBytes) * BYTES_PER_SAMPLE;
    return bytes > available / 2 ? { reason: 'the heap is too full for a profile' } : takeProfile(this.#sampling, request);
  }
}

/** Returns whether the heap limit can be watched: of the main thread only, on Linux. */
function canWatchHeapLimit() {
  return process.platform === 'linux' && binding.isMainThread();
}

inbox.handle('heapLimit', (message, interrupted) => {
  try {
    return current?.atHeapLimit(interrupted) ?? true;
  } catch (error) {
    if (error.code === 'ERR_HEAPDUMP_BUSY') return false;
    publish('error', error);
    return true;
  }
});

/** Takes a dump when a condition is met, until `stop()`. See `index.d.ts`. */
function watch(options) {
  const checked = checkOptions(options, SCHEMA);
  const { heapUsedRatio, growth, rss, cgroupRatio, nearHeapLimit, everyMs } = checked;
  for (const [name, ratio] of Object.entries({ heapUsedRatio, cgroupRatio })) {
    if (ratio !== undefined && !(ratio > 0 && ratio <= 1)) throw outOfRange(`The "${name}" option`, '> 0 and <= 1', ratio);
  }
  if ([heapUsedRatio, growth, rss, cgroupRatio].every((threshold) => threshold === undefined) && nearHeapLimit === false) {
    throw wrongValue('nearHeapLimit', 'leaves nothing to watch without heapUsedRatio, growth, rss or cgroupRatio', nearHeapLimit);
  }
  if (everyMs !== undefined && everyMs < 1) throw outOfRange('The "everyMs" option', '>= 1', everyMs);
  current?.stop();
  const { nowatch } = readOptions();
  if (nowatch) return { active: false, dumps: 0, memory: () => ({ samples: [], verdicts: [] }), stop() {} };
  current = new Watcher(checked);
  return current;
}

module.exports = { watch };
