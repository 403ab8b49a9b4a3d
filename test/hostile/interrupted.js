'use strict';
// The interrupted process: `node interrupted.js NAME` computes until a file `stop` exists.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { computations } = require('./computations.js');

require('../..').install({ mode: 'inline', wedgedAfterMs: 1, sidecar: true });

/** A computation that never returns to its event loop is served by interrupts only, and nothing else may run in them. */
function sync(compute) {
  let turned = false;
  Promise.resolve().then(() => {
    turned = true;
  });
  process.nextTick(() => {
    turned = true;
  });
  const result = compute();
  assert.equal(turned, false, 'no microtask and no tick ran');
  return result;
}

async function main() {
  const compute = computations.get(process.argv[2]).make();
  console.log('ready');
  let rounds = 0;
  do {
    const result = sync(compute);
    if (result !== undefined) await result;
    rounds += 1;
  } while (!fs.existsSync('stop'));
  console.log(`computed ${rounds} times`);
  process.exit();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
