'use strict';

const { abortError } = require('./errors.js');

/** A semaphore for long tasks, so that short queries always find a free one of libuv's four threads. */
class Semaphore {
  #waiting = [];
  #free;

  /** @param {number} limit concurrency limit */
  constructor(limit) {
    this.#free = limit;
  }

  /**
   * Runs `work` when the semaphore has a free slot. Rejects with an AbortError if `signal` aborts before that.
   * @template T
   * @param {AbortSignal} signal
   * @param {() => Promise<T>} work
   */
  async take(signal, work) {
    if (this.#free > 0) this.#free -= 1;
    else await this.#slot(signal);
    try {
      if (signal.aborted) throw abortError(signal);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  /** Resolves when another task has passed its slot on. A task that is aborted leaves the queue. */
  #slot(signal) {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(abortError(signal));
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

module.exports = { Semaphore };
