'use strict';
// One channel for each call, whose port is closed when the answer has come; the other port closes with it.
const { MessageChannel } = require('node:worker_threads');

function askRemote(method, argument) {
  const { port1: local, port2: remote } = new MessageChannel();
  remote.on('message', ({ method: name, argument: value }) => remote.postMessage(`${name}(${value})`));
  return new Promise((resolve) => {
    local.on('message', () => local.close());
    remote.on('close', resolve);
    local.postMessage({ method, argument });
  });
}

require('../harness').run((n) => askRemote('double', n));
