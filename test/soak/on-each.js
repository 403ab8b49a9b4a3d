'use strict';
// Runs a soak test on each Node of the command line, each in a separate process: `[--rounds N] [NODE...]`.

const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');

/**
 * @param {string} file the test
 * @param {number} defaultRounds
 * @param {(rounds: number) => void} run the test, called in its process
 */
function onEach(file, defaultRounds, run) {
  const {
    values: { rounds, run: isForIt },
    positionals: nodes,
  } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: String(defaultRounds) }, run: { type: 'boolean', default: false } },
  });
  if (isForIt) return run(Number(rounds));
  for (const node of nodes.length ? nodes : [process.execPath]) {
    const { status } = spawnSync(node, [file, '--run', '--rounds', rounds], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

module.exports = { onEach };
