'use strict';
// Runs the command line of this package.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { cleanEnvironment } = require('./app.js');

const PROGRAM = path.resolve(__dirname, '../../bin/heapdump-rs.js');

/** Bytes of output that a synchronous run may collect. */
const MAX_OUTPUT_BYTES = 1 << 28;

/** Splits the arguments of a run from the options after them, if there are any. */
function split(words) {
  const options = typeof words.at(-1) === 'object' ? words.at(-1) : {};
  const args = (typeof words.at(-1) === 'object' ? words.slice(0, -1) : words).map(String);
  return { args, options };
}

/**
 * Starts the command without blocking this process.
 *
 * @param {Array<string | number>} args
 * @param {{encoding?: 'utf8' | 'buffer'}} [options] those of `spawn()`, with a clean environment by default. `encoding`: of the
 *   standard output
 * @returns `child` emits `output` with all output so far; `ended` resolves with the output, and with the exit code or the signal
 *   as `status`
 */
function startCommand(args, { encoding = 'utf8', ...options } = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args.map(String)], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  const out = { stdout: '', stderr: '' };
  const chunks = [];
  child.stderr.setEncoding('utf8').on('data', (text) => {
    out.stderr += text;
    child.emit('output', out);
  });
  if (encoding === 'buffer') child.stdout.on('data', (chunk) => chunks.push(chunk));
  else {
    child.stdout.setEncoding(encoding).on('data', (text) => {
      out.stdout += text;
      child.emit('output', out);
    });
  }
  const ended = once(child, 'close').then(([status, signal]) => ({
    ...out,
    ...(encoding === 'buffer' && { stdout: Buffer.concat(chunks) }),
    status: status ?? signal,
  }));
  return { child, ended };
}

/** Runs the command without blocking this process: `run(...args[, options])`. */
function run(...words) {
  const { args, options } = split(words);
  return startCommand(args, options).ended;
}

/** Runs the command while this process waits: `runSync(...args[, options])`. */
function runSync(...words) {
  const { args, options } = split(words);
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
    ...options,
  });
  return { status, stdout, stderr };
}

/** Runs the command like `runSync()`, and returns its output. Fails unless it exits with 0. */
function outputOf(...words) {
  const { status, stdout, stderr } = runSync(...words);
  assert.equal(status, 0, stderr);
  return stdout;
}

module.exports = { PROGRAM, outputOf, run, runSync, startCommand };
