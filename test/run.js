'use strict';
// Runs the Node tests: `node test/run.js [--only PATTERN] [NODE...]`, on each given executable.
//
// Two files at a time: every one starts processes of its own.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const nodes = process.argv.slice(2);
const pattern = nodes[0] === '--only' ? new RegExp(nodes.splice(0, 2)[1]) : /./;
if (nodes.length === 0) nodes.push(process.execPath);

const files = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js') && pattern.test(name))
  .map((name) => path.join(__dirname, name));

const failed = [];
for (const node of nodes) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? node;
  console.log(`\n== Node ${version}`);
  const start = Date.now();
  const { status } = spawnSync(node, ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files], {
    cwd: path.dirname(__dirname), stdio: 'inherit', env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  console.log(`== Node ${version}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - start) / 1000)} s`);
  if (status !== 0) failed.push(version);
}
if (failed.length) {
  console.error(`failed on Node ${failed.join(', ')}`);
  process.exit(1);
}
