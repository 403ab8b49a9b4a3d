'use strict';
// A worker thread for every tenth sum, which ends by itself; the sum waits for its exit.
const { Worker } = require('node:worker_threads');

function sum(n) {
  const worker = new Worker(`require('node:worker_threads').parentPort.postMessage(${n} + 1)`, { eval: true });
  return new Promise((resolve, reject) => {
    let total;
    worker.on('error', reject);
    worker.on('message', (value) => { total = value; });
    worker.on('exit', () => resolve(total));
  });
}

require('../harness').run((n) => (n % 10 === 0 ? sum(n) : undefined));
