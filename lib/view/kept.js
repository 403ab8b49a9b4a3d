'use strict';
// What took long to find is kept for the next page; what was used last is kept longest.

const { clearTimeout, setTimeout } = require('node:timers');
const { abortError } = require('../errors.js');

/** How long work goes on of which somebody was told that it is under way, and did not ask again. */
const LEASE_MS = 5000;

/** The answer is being worked on, for `ms` now. */
class Unfinished extends Error {
  constructor(ms) {
    super('The answer is still being worked on');
    this.ms = ms;
  }
}

/**
 * Who waits, and how long.
 * @typedef {{signal: AbortSignal, patience?: number}} Waiting `patience`: milliseconds until it is said that the work is
 *   under way; as long as it takes without
 */

/** Work that several wait for. It is given up when nobody does any more. */
class Shared {
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
  wait({ signal, patience }) {
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
        this.#abandon();
        reject(abortError(signal));
      };
      const tell = () => {
        leave();
        // Whoever was told asks again.
        if (this.#waiting === 0 && !this.isDone) this.#lease = setTimeout(() => this.#abandon(), LEASE_MS).unref();
        reject(new Unfinished(performance.now() - this.#begun));
      };
      const timer = patience === undefined ? undefined : setTimeout(tell, patience);
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

  #abandon() {
    if (this.#waiting === 0 && !this.isDone) this.#controller.abort();
  }

  get isAborted() {
    return this.#controller.signal.aborted;
  }
}

/** Long work in turn, so that there are always threads for short questions: Node has four. */
class Turns {
  #waiting = [];
  #free;

  /** @param {number} atOnce */
  constructor(atOnce) {
    this.#free = atOnce;
  }

  /**
   * Begins the work when it is its turn.
   * @template T
   * @param {AbortSignal} signal
   * @param {() => Promise<T>} work
   */
  async take(signal, work) {
    if (this.#free > 0) this.#free -= 1;
    else
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    try {
      if (signal.aborted) throw abortError(signal);
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

class Kept {
  #entries = new Map();
  #most;
  #weigh;
  #drop;

  /**
   * @param {object} options
   * @param {() => number} options.most weight of what is kept; the last one is kept whatever it weighs
   * @param {(value: unknown) => number} [options.weigh]
   * @param {(value: unknown) => void} [options.drop] frees what is no longer kept
   */
  constructor({ most, weigh = () => 1, drop = () => {} }) {
    this.#most = most;
    this.#weigh = weigh;
    this.#drop = drop;
  }

  /**
   * Gives what is kept under `key`, or begins the work. Use the value before the event loop turns: it may be dropped then.
   * @param {string} key
   * @param {(signal: AbortSignal) => Promise<unknown>} start
   * @param {Waiting} waiting its signal ends the waiting, and the work if nobody else waits for it
   */
  get(key, start, waiting) {
    let entry = this.#entries.get(key);
    if (!entry || entry.isAborted) {
      entry = new Shared(start);
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
    // Another one took its place, or everything was cleared.
    if (this.#entries.get(key) !== entry) return;
    let sum = 0;
    for (const [name, one] of [...this.#entries].reverse()) {
      sum += one.weight ?? 0;
      if (sum > this.#most() && one.isDone && one !== entry) this.#remove(name, one);
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

module.exports = { Kept, Turns, Unfinished };
