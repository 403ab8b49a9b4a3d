'use strict';
// Reads the memory of the container: often when it is near a threshold, seldom when it is far from it, and at once when the
// kernel reports that the limit was hit (memory.events of version 2). The kernel reports limits only, not a share of one.
//
// Pressure stall information (PSI) is no earlier sign. It measures how long processes wait for memory, and a process that fills
// anonymous memory without swap waits for none: filled at 80 MB/s up to a limit of 300 MB (version 1, Linux 6.18), memory was
// reported as free of stalls (0 µs) at 99 % of the limit, one step before the OOM killer.

const fs = require('node:fs');
const { clearTimeout, setTimeout } = require('node:timers');
const { memoryGroups, tightest } = require('./cgroup.js');

/** A poll takes about 0.1 ms. */
const MIN_DELAY_MS = 100;
const MAX_DELAY_MS = 2000;

/** Memory that grows from zero to the threshold in this time is seen before it reaches the threshold. */
const FASTEST_GROWTH_MS = 4000;

class CgroupWatch {
  #threshold;
  #onLook;
  #root;
  #timer;
  #watchers = [];
  #isStopped = false;

  /**
   * @param {number} threshold part of the limit
   * @param {(ratio: number) => void} onLook called when the ratio may have passed the threshold, in either direction
   * @param {string} [root] the directory with the kernel's file systems
   */
  constructor(threshold, onLook, root) {
    this.#threshold = threshold;
    this.#onLook = onLook;
    this.#root = root;
    for (const { events } of memoryGroups(root)) this.#follow(events);
    this.#look();
  }

  /** Returns the part of its limit that the tightest memory cgroup uses; 0 without a limit. */
  get ratio() {
    const group = tightest(memoryGroups(this.#root));
    return group === undefined ? 0 : group.usedBytes / group.limitBytes;
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #look = () => {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const { ratio } = this;
    this.#onLook(ratio);
    // `onLook` may have stopped it.
    if (this.#isStopped) return;
    this.#timer = setTimeout(this.#look, delayMs(ratio, this.#threshold)).unref();
  };

  #follow(events) {
    if (events === undefined) return;
    try {
      const watcher = fs.watch(events, { persistent: false }, this.#look);
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // No inotify left, or an older kernel: the timer has to do.
    }
  }
}

function delayMs(ratio, threshold) {
  const distance = Math.abs(threshold - ratio) / threshold;
  return Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, distance * FASTEST_GROWTH_MS));
}

module.exports = { CgroupWatch };
