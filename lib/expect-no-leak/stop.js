'use strict';
// Stops a call early: at the caller's signal, shortly before the runner's timeout, or with its test.

const { clearInterval, setInterval } = require('node:timers');
const { abortError } = require('../errors.js');
const { currentTest, timeoutError } = require('./runner.js');

/** Interval, in milliseconds, at which a call that waits for its function checks whether to stop. */
const CHECK_MS = 100;

class Stop {
  #caller;
  #test = currentTest();
  #end;
  #controller = new AbortController();
  #reject;
  #timer;
  #onAbort = () => this.#look();

  /** Rejects when the call stops. */
  rejection = new Promise((_, reject) => {
    this.#reject = reject;
  });

  /** @param {AbortSignal} [caller] the caller's signal */
  constructor(caller) {
    this.#caller = caller;
    this.#end = performance.now() + (this.#test?.leftMs ?? Infinity);
    this.rejection.catch(() => {});
    caller?.addEventListener?.('abort', this.#onAbort, { once: true });
    this.#timer = setInterval(() => this.#look(), CHECK_MS);
    this.#timer.unref();
  }

  /** The signal for functions that take one. */
  get signal() {
    return this.#controller.signal;
  }

  /** Throws if the call has to stop. */
  check() {
    this.#look();
    if (this.signal.aborted) throw this.signal.reason;
  }

  #look() {
    if (this.signal.aborted) return;
    if (this.#caller?.aborted) this.#stop(abortError(this.#caller));
    else if (this.#test?.isOver()) this.#stop(abortError());
    else if (performance.now() > this.#end) this.#stop(timeoutError(this.#test));
  }

  #stop(error) {
    this.#controller.abort(error);
    this.#reject(error);
  }

  release() {
    clearInterval(this.#timer);
    this.#caller?.removeEventListener?.('abort', this.#onAbort);
  }
}

module.exports = { Stop };
