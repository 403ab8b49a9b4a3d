'use strict';
// Lets the process come to rest, so that what is still alive is meant to be.

const { MessageChannel } = require('node:worker_threads');
const session = require('../session.js');

/** Turns of the event loop until callbacks, and what they start, are through. */
const TURNS = 3;

/**
 * The event loop, kept alive. Its turns are told by messages: the timers of a test may be faked. One is enough for all
 * snapshots: what it consists of is then in the first.
 */
class Loop {
  #channel = new MessageChannel();

  turn() {
    const { port1, port2 } = this.#channel;
    return new Promise((resolve) => {
      port1.once('message', resolve);
      port2.postMessage(null);
    });
  }

  /** Runs what is due, collects garbage, and runs what that makes due: finalizers, hooks of promises. */
  async settle() {
    await this.#turns();
    await new Promise((resolve, reject) => {
      session.collectGarbage((error) => (error ? reject(error) : resolve()));
    });
    await this.#turns();
  }

  /** Waits until no more than `count` timers, sockets, requests … are pending, but not for ever. */
  async pendingAtMost(count, patienceMs) {
    const end = performance.now() + patienceMs;
    while (this.pendingCount() > count && performance.now() < end) await this.turn();
  }

  pendingCount() {
    return process.getActiveResourcesInfo?.().length ?? 0;
  }

  async #turns() {
    for (let i = 0; i < TURNS; i++) await this.turn();
  }

  close() {
    this.#channel.port1.close();
  }
}

module.exports = { Loop };
