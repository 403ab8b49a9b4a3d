'use strict';
// Runs a program of this folder: some work to warm up, then three rounds with a snapshot after each.
// `node PROGRAM FOLDER` writes s1, s2 and s3.heapsnapshot there.

const path = require('node:path');
const v8 = require('node:v8');

/** What a round does. */
const STEPS = 40;

async function run(step, settle = () => {}) {
  const folder = process.argv[2];
  let n = 0;
  for (let warm = 0; warm < 5; warm++) await step(n++);
  for (const round of [1, 2, 3]) {
    for (let i = 0; i < STEPS; i++) await step(n++);
    await settle();
    await new Promise((resolve) => { setImmediate(resolve); });
    v8.writeHeapSnapshot(path.join(folder, `s${round}.heapsnapshot`));
  }
  process.exit(0);
}

module.exports = { run };
