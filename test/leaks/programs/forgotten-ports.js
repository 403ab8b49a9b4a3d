'use strict';
// Calls between two parts of the program go over a MessageChannel each, and its ports are never closed.
const { MessageChannel } = require('node:worker_threads');

function callRemote(method, argument) {
  const { port1, port2 } = new MessageChannel();
  port2.on('message', function answerCall({ method: name, argument: value }) { port2.postMessage(`${name}(${value})`); });
  return new Promise((resolve) => {
    const call = { method, argument, trace: new Array(50).fill(0.5) };
    port1.on('message', function receiveAnswer(result) { call.result = result; resolve(result); });
    port1.postMessage({ method, argument });
  });
}

require('../harness').run((n) => callRemote('double', n));
