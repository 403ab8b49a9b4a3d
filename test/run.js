'use strict';
// Runs the Node tests: `node test/run.js [--only PATTERN] [--skip PATTERN] [--last PATTERN] [NODE...]`, on each given executable;
// those of `--last` on the last one only.
//
// Each file is a process, and starts processes of its own. The files of all executables are in one queue, so that no processor waits
// for the last file of an executable. The longest start first: a long one that starts last would run alone.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { parseArgs } = require('node:util');

/** The files that take longest, the longest first. */
const LONGEST = [
  'stalled',
  'attach',
  'leaks-command',
  'image',
  'expect-no-leak',
  'fork',
  'cli-dump',
  'interrupts',
  'watch',
  'workers',
  'findings',
  'memory-leaks',
  'container',
  'environment-variables',
  'fork-places',
  'wedged',
  'faults',
  'headroom',
  'redaction-places',
  'deadline',
  'listeners',
  'killed',
  'helpers',
  'redact',
  'oom',
  'long-pause',
  'cli-dump-to',
  'dump-to',
  'memory',
  'exit',
  'threads-all',
  'lifetime',
  'sources',
  'snapshot',
  'live',
  'docs',
  'parity',
  'heapdump-contract',
  'cli',
].map((name) => `${name}.test.js`);

/** Files that run at any time: many of them wait most of the time. */
const MIN_RUNNING = os.cpus().length + 1;

/** Files that run while processors are idle. */
const MAX_RUNNING = 2 * os.cpus().length + 2;

const IDLE_CHECK_INTERVAL_MS = 1000;

/** Share of the processors' time that must have been idle since the last check to start one file more. */
const MIN_IDLE_SHARE = 0.3;

/** Free memory needed to start one file more. */
const MIN_FREE_BYTES = 2e9;

/** Files whose duration the summary of an executable prints. */
const SHOWN = 12;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '.' },
    skip: { type: 'string', default: '^$' },
    last: { type: 'string', default: '^$' },
  },
});

const secondsSince = (start) => (performance.now() - start) / 1000;

/** Returns the names of the test files in the order in which they start. */
function listFiles() {
  const [only, skip] = [new RegExp(options.only), new RegExp(options.skip)];
  const files = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js') && only.test(name) && !skip.test(name));
  return [...LONGEST.filter((name) => files.includes(name)), ...files.filter((name) => !LONGEST.includes(name))];
}

/** Runs one file, and prints its output when it has ended. */
function run({ node, version, name }) {
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
      const result = { node, name, passed: status === 0, seconds: secondsSince(start) };
      const outcome = result.passed ? 'passed' : `FAILED (${signal ?? status})`;
      console.log(`\n-- ${name}: ${outcome} in ${result.seconds.toFixed(1)} s, Node ${version}`);
      process.stdout.write(Buffer.concat(output));
      resolve(result);
    });
  });
}

/** Returns a function that returns the share of the processors' time that was idle since its last call. */
function idleMeter() {
  const times = () => {
    const all = os.cpus().map(({ times }) => times);
    const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
    return { idle: sum(all.map(({ idle }) => idle)), total: sum(all.flatMap((one) => Object.values(one))) };
  };
  let last = times();
  return () => {
    const now = times();
    const share = (now.idle - last.idle) / Math.max(1, now.total - last.total);
    last = now;
    return share;
  };
}

/** Runs all jobs, several at a time, and one more each time that processors were idle. */
async function runAll(waiting) {
  const results = [];
  const running = new Set();
  const idleShare = idleMeter();
  const startNext = () => {
    const ended = run(waiting.shift()).then((result) => {
      results.push(result);
      running.delete(ended);
    });
    running.add(ended);
  };
  while (waiting.length > 0) {
    while (waiting.length > 0 && running.size < MIN_RUNNING) startNext();
    const timer = new AbortController();
    const check = sleep(IDLE_CHECK_INTERVAL_MS, true, { signal: timer.signal }).catch(() => false);
    const isCheck = await Promise.race([...running, check]);
    timer.abort();
    const share = idleShare();
    const hasRoom = running.size < MAX_RUNNING && os.freemem() > MIN_FREE_BYTES;
    if (isCheck && share > MIN_IDLE_SHARE && hasRoom && waiting.length > 0) startNext();
  }
  await Promise.all(running);
  return results;
}

/** Prints the longest files of one executable, and its failures. Returns whether all passed. */
function summarize(version, results) {
  const longest = results
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SHOWN)
    .map(({ name, seconds }) => `${name.slice(0, -'.test.js'.length)} ${Math.round(seconds)}`);
  const failures = results.filter(({ passed }) => !passed).map(({ name }) => name);
  console.log(`\n== Node ${version}: longest, in s: ${longest.join(', ')}`);
  console.log(`== Node ${version}: ${failures.length === 0 ? 'passed' : `FAILED: ${failures.join(', ')}`}`);
  return failures.length === 0;
}

async function main() {
  const start = performance.now();
  const nodes = (positionals.length > 0 ? positionals : [process.execPath]).map((node) => ({
    node,
    version: spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? node,
  }));
  const last = new RegExp(options.last);
  const jobs = listFiles().flatMap((name) =>
    (last.test(name) ? nodes.slice(-1) : nodes).map(({ node, version }) => ({ node, version, name })),
  );
  const results = await runAll(jobs);
  const failed = nodes.filter(
    ({ node, version }) =>
      !summarize(
        version,
        results.filter((result) => result.node === node),
      ),
  );
  console.log(`== all in ${Math.round(secondsSince(start))} s`);
  if (failed.length > 0) {
    console.error(`failed on Node ${failed.map(({ version }) => version).join(', ')}`);
    process.exitCode = 1;
  }
}

main();
