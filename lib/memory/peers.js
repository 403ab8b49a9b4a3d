'use strict';
// Statistics of the other threads that loaded the package. A thread is asked by a message, and answers from its event loop.

const binding = require('../binding.js');
const mail = require('../capture/mail.js');

/** A thread that does not come back to its event loop by then is left out. */
const ANSWER_TIMEOUT_MS = 500;

/** Statistics of all other threads that answer in time, in the order of their start. */
async function statisticsOfPeers() {
  const answers = binding
    .peers()
    .filter((peer) => peer !== mail.id)
    .map(ask);
  return (await Promise.all(answers)).filter(Boolean);
}

function ask(peer) {
  return new Promise((resolve) => {
    const ticket = mail.expect(({ result }) => {
      clearTimeout(timeout);
      resolve(result);
    });
    const timeout = setTimeout(() => mail.settle({ ticket }), ANSWER_TIMEOUT_MS);
    if (!binding.post(peer, JSON.stringify({ kind: 'memory', from: mail.id, ticket }), false)) mail.settle({ ticket });
  });
}

module.exports = { statisticsOfPeers };
