'use strict';
// Lets the process come to rest, so that what is still alive is meant to be.

const { MessageChannel } = require('node:worker_threads');
const session = require('../session.js');

/** Turns of the event loop until callbacks, and what they start, are through. */
const TURNS = 3;

/** The event loop, kept alive. Its turns are told by messages: the timers of a test may be faked. */
class Loop {
  #channel = new MessageChannel();

  turn() {
    const { port1, port2 } = this.#channel;
    return new Promise((resolve) => {
      port1.once('message', resolve);
      port2.postMessage(null);
    });
  }

  async turns() {
    for (let i = 0; i < TURNS; i++) await this.turn();
  }

  close() {
    this.#channel.port1.close();
  }
}

/** Runs what is due, collects garbage, and runs what that makes due: finalizers, hooks of promises. */
async function settle() {
  const loop = new Loop();
  try {
    await loop.turns();
    await new Promise((resolve, reject) => {
      session.collectGarbage((error) => (error ? reject(error) : resolve()));
    });
    await loop.turns();
  } finally {
    loop.close();
  }
}

/** Timers, sockets, requests … that wait for something. */
function pendingCount() {
  return process.getActiveResourcesInfo?.().length ?? 0;
}

/** Waits until no more than `count` wait for something, but not for ever. */
async function pendingAtMost(count, patienceMs) {
  const end = performance.now() + patienceMs;
  const loop = new Loop();
  try {
    // Its port is one of them.
    while (pendingCount() > count + 1 && performance.now() < end) await loop.turn();
  } finally {
    loop.close();
  }
}

module.exports = { pendingAtMost, pendingCount, settle };
