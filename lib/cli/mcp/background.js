'use strict';
// A worker thread for work that blocks its thread: reading /proc of every process, converting rows of SQL. The event loop of the
// MCP server stays free.

const { Worker } = require('node:worker_threads');
const { abortError, fromFailure } = require('../../errors.js');

/** How long `close` waits for calls to undo what they have opened. */
const CLOSE_TIMEOUT_MS = 10_000;

class Background {
  #file;
  #worker;
  /** id -> settle functions of calls that have no answer yet. */
  #calls = new Map();
  #lastId = 0;
  #onIdle = () => {};

  /** @param {string} file the program of the worker, which calls `serve` */
  constructor(file) {
    this.#file = file;
  }

  /**
   * Runs an operation in the worker. Rejects after the operation has ended, also if `signal` aborts it.
   * @param {string} name
   * @param {object} args plain data
   * @param {{signal?: AbortSignal, onProgress?: (progress: object) => void}} [how]
   */
  call(name, args, { signal, onProgress } = {}) {
    if (signal?.aborted) return Promise.reject(abortError(signal));
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#lastId;
    const abort = () => worker.postMessage({ id, isAborted: true });
    signal?.addEventListener('abort', abort, { once: true });
    const work = new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, onProgress, abort });
      worker.postMessage({ id, name, args });
    });
    return work.finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#onIdle();
    });
  }

  #start() {
    const worker = new Worker(this.#file);
    worker.on('message', ({ id, progress, result, failure }) => {
      const call = this.#calls.get(id);
      if (progress !== undefined) call?.onProgress?.(progress);
      else if (failure === undefined) call?.resolve(result);
      else call?.reject(fromFailure(failure));
    });
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('the worker thread has ended')));
    return worker;
  }

  /** The next call starts another worker. */
  #fail(worker, error) {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#calls.values()) reject(error);
  }

  /** Aborts all calls, waits for their end, and ends the worker. */
  async close() {
    if (this.#worker === undefined) return;
    if (this.#calls.size > 0) {
      let timer;
      const idle = new Promise((resolve) => {
        this.#onIdle = resolve;
        timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      });
      for (const { abort } of this.#calls.values()) abort();
      await idle;
      clearTimeout(timer);
    }
    await this.#worker?.terminate();
  }
}

module.exports = { Background };
