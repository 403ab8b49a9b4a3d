'use strict';
// A worker thread is started for every fifth image; it answers and then waits for messages that never come.
const { Worker } = require('node:worker_threads');

const SOURCE = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (width) => parentPort.postMessage(width * 2));
`;

function scaleImage(n) {
  const image = { n, pixels: Buffer.alloc(3_000, n) };
  const worker = new Worker(SOURCE, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', function onScaled(width) { image.width = width; resolve(); });
    worker.postMessage(n);
  });
}

require('../harness').run((n) => (n % 5 === 0 ? scaleImage(n) : undefined));
