'use strict';
// Caches results that take long to compute: reference counted, least recently used first out.

const { clearTimeout, setTimeout } = require('node:timers');
const { abortError } = require('../errors.js');

/** How long unfinished work continues after its last client stopped polling. */
const LEASE_MS = 5000;

/** The result is still being computed, for `ms` milliseconds so far. */
class Unfinished extends Error {
  constructor(ms) {
    super('The answer is not ready yet');
    this.ms = ms;
  }
}

/**
 * A client that waits.
 * @typedef {{signal: AbortSignal, timeoutMs?: number}} Waiting `timeoutMs`: timeout in milliseconds after which it gets
 *   {@link Unfinished}; without it, it waits for the result
 */

/** A reference-counted shared promise, cancelled when its last waiter leaves. */
class SharedPromise {
  #controller = new AbortController();
  #waiting = 0;
  #lease;
  #begun = performance.now();
  isDone = false;

  constructor(start) {
    this.promise = start(this.#controller.signal);
    const done = () => {
      this.isDone = true;
      clearTimeout(this.#lease);
    };
    this.promise.then(done, done);
  }

  /** @param {Waiting} waiting */
  wait({ signal, timeoutMs }) {
    if (signal.aborted) return Promise.reject(abortError(signal));
    this.#waiting += 1;
    clearTimeout(this.#lease);
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', giveUp);
        clearTimeout(timer);
        this.#waiting -= 1;
      };
      const giveUp = () => {
        leave();
        this.#cancelIfUnused();
        reject(abortError(signal));
      };
      const timeOut = () => {
        leave();
        // The client polls again.
        if (this.#waiting === 0 && !this.isDone) this.#lease = setTimeout(() => this.#cancelIfUnused(), LEASE_MS).unref();
        reject(new Unfinished(performance.now() - this.#begun));
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(timeOut, timeoutMs);
      signal.addEventListener('abort', giveUp);
      this.promise.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error) => {
          leave();
          reject(error);
        },
      );
    });
  }

  #cancelIfUnused() {
    if (this.#waiting === 0 && !this.isDone) this.#controller.abort();
  }

  get isAborted() {
    return this.#controller.signal.aborted;
  }
}

class Cache {
  #entries = new Map();
  #maxWeight;
  #weigh;
  #drop;

  /**
   * @param {object} options
   * @param {() => number} options.maxWeight maximum total weight; the newest result always stays
   * @param {(value: unknown) => number} [options.weigh]
   * @param {(value: unknown) => void} [options.drop] frees an evicted result
   */
  constructor({ maxWeight, weigh = () => 1, drop = () => {} }) {
    this.#maxWeight = maxWeight;
    this.#weigh = weigh;
    this.#drop = drop;
  }

  /**
   * Returns the cached result for `key`, or starts to compute it. Use the value before the event loop turns, because it can be
   * evicted then.
   * @param {string} key
   * @param {(signal: AbortSignal) => Promise<unknown>} start
   * @param {Waiting} waiting its signal ends the wait, and the work if no other client waits for it
   */
  get(key, start, waiting) {
    let entry = this.#entries.get(key);
    if (!entry || entry.isAborted) {
      entry = new SharedPromise(start);
      entry.promise.then(
        (value) => this.#settle(key, entry, value),
        () => this.#forget(key, entry),
      );
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.wait(waiting);
  }

  clear() {
    for (const [key, entry] of this.#entries) this.#remove(key, entry);
  }

  #settle(key, entry, value) {
    entry.weight = this.#weigh(value);
    // Another entry replaced it, or the cache was cleared.
    if (this.#entries.get(key) !== entry) return;
    let sum = 0;
    for (const [name, one] of [...this.#entries].reverse()) {
      sum += one.weight ?? 0;
      if (sum > this.#maxWeight() && one.isDone && one !== entry) this.#remove(name, one);
    }
  }

  #forget(key, entry) {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #remove(key, entry) {
    this.#entries.delete(key);
    entry.promise.then(
      (value) => setImmediate(() => this.#drop(value)),
      () => {},
    );
  }
}

module.exports = { Cache, Unfinished };
