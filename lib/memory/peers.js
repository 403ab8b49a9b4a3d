'use strict';
// Queries the heap statistics of the other threads that loaded the package, by messages. A thread answers from its event loop.

const binding = require('../binding.js');
const inbox = require('../capture/inbox.js');

/** A thread that does not return to its event loop within this time is left out. */
const ANSWER_TIMEOUT_MS = 500;

/** Returns the statistics of all other threads that answer in time, in the order of their start. */
async function statisticsOfPeers() {
  const answers = binding
    .peers()
    .filter((peer) => peer !== inbox.id)
    .map(ask);
  return (await Promise.all(answers)).filter(Boolean);
}

function ask(peer) {
  return new Promise((resolve) => {
    const ticket = inbox.expect(({ result }) => {
      clearTimeout(timeout);
      resolve(result);
    });
    const timeout = setTimeout(() => inbox.settle({ ticket }), ANSWER_TIMEOUT_MS);
    if (!binding.post(peer, JSON.stringify({ kind: 'memory', from: inbox.id, ticket }), false)) inbox.settle({ ticket });
  });
}

module.exports = { statisticsOfPeers };
