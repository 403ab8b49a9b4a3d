'use strict';
// Writes three snapshots of an application-like heap that grows between them: `node --expose-gc grow.js DIRECTORY SCALE`.
//
// Prints their paths. A scale of 1 adds about 6 MB to each file.

const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const { grow } = require('../analyze/generate.js');

const [directory, scale] = process.argv.slice(2);
for (let round = 0; round < Number(scale); round++) grow(round);

const sessions = new Map();
const emitter = new (require('node:events'))().setMaxListeners(0);
const shutdown = new Promise(() => {});
let last = null;

/** Leaks a little of each common kind, and also does work that does not leak. */
function serve(i) {
  const request = {
    id: i,
    path: `/orders/${i}`,
    body: Buffer.alloc(64),
    headers: { accept: 'text/html', agent: `agent ${i % 9}` },
  };
  sessions.set(`session ${i}`, request);
  emitter.on('change', () => request.id);
  void Promise.race([shutdown, Promise.resolve(i)]);
  setTimeout(() => request, 1e9).unref();
  last = { before: last, request };
}

fs.mkdirSync(directory, { recursive: true });
let served = 0;
async function step(at) {
  for (let i = 0; i < 500 * Number(scale); i++) serve(served++);
  await new Promise(setImmediate);
  globalThis.gc();
  console.log(v8.writeHeapSnapshot(path.join(directory, `${at}.heapsnapshot`)));
}

(async () => {
  for (const at of [1, 2, 3]) await step(at);
  process.exit();
})();
