'use strict';
// Runs the Node tests: `node test/run.js [--only PATTERN] [--skip PATTERN] [NODE...]`, on each given executable.
//
// Each file is a process, and starts processes of its own. These wait most of the time, so one more file than cores runs at a time.
// The longest start first: a long one that starts last would run alone.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

/** The files that take longest, the longest first. */
const LONGEST = [
  'stalled',
  'attach',
  'leaks-command',
  'image',
  'expect-no-leak',
  'fork',
  'interrupts',
  'watch',
  'workers',
  'findings',
  'cli-dump',
  'wedged',
  'faults',
  'redaction-places',
  'helpers',
  'redact',
  'deadline',
  'oom',
  'long-pause',
  'exit',
  'threads-all',
  'lifetime',
  'headroom',
  'sources',
  'snapshot',
  'live',
  'docs',
  'environment-variables',
  'fork-places',
  'parity',
  'heapdump-contract',
  'cli',
  'killed',
].map((name) => `${name}.test.js`);

const AT_ONCE = os.cpus().length + 1;

/** Files whose duration the summary prints. */
const SHOWN = 12;

const { values: options, positionals: nodes } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '.' }, skip: { type: 'string', default: '^$' } },
});
if (nodes.length === 0) nodes.push(process.execPath);

const [only, skip] = [new RegExp(options.only), new RegExp(options.skip)];
const files = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js') && only.test(name) && !skip.test(name));
const all = [...LONGEST.filter((name) => files.includes(name)), ...files.filter((name) => !LONGEST.includes(name))];

const secondsSince = (start) => (performance.now() - start) / 1000;

/** Runs one file, and prints its output when it has ended. */
function run(node, name) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--test-reporter=spec', path.join(__dirname, name)], {
      cwd: path.dirname(__dirname),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', reject).on('close', (status, signal) => {
      const result = { name, passed: status === 0, seconds: secondsSince(start) };
      console.log(`\n-- ${name}: ${result.passed ? 'passed' : `FAILED (${signal ?? status})`} in ${result.seconds.toFixed(1)} s`);
      process.stdout.write(Buffer.concat(output));
      resolve(result);
    });
  });
}

/** Runs all files, several at a time. */
async function runAll(node) {
  const waiting = [...all];
  const results = [];
  const one = async () => {
    for (let name; (name = waiting.shift()) !== undefined;) results.push(await run(node, name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return results.sort((a, b) => b.seconds - a.seconds);
}

async function main() {
  const failed = [];
  for (const node of nodes) {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? node;
    console.log(`\n== Node ${version}`);
    const start = performance.now();
    const results = await runAll(node);
    const longest = results
      .slice(0, SHOWN)
      .map(({ name, seconds }) => `${name.slice(0, -'.test.js'.length)} ${Math.round(seconds)}`);
    console.log(`\n== Node ${version}: longest, in s: ${longest.join(', ')}`);
    const failures = results.filter(({ passed }) => !passed).map(({ name }) => name);
    const outcome = failures.length === 0 ? 'passed' : `FAILED: ${failures.join(', ')}`;
    console.log(`== Node ${version}: ${outcome} in ${Math.round(secondsSince(start))} s`);
    if (failures.length > 0) failed.push(version);
  }
  if (failed.length > 0) {
    console.error(`failed on Node ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}

main();
