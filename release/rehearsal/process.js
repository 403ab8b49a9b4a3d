'use strict';
// Starts programs as a user would: without the environment of this repository.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');

/** Timeout of one program on a busy machine. */
const TIMEOUT_MS = 600_000;

/** Returns the environment of a user whose home directory is `home` and whose Node is `node`. */
function environment(home, { executable, libraries }) {
  const { PATH, LANG, TMPDIR } = process.env;
  return {
    PATH: `${path.dirname(executable)}:${PATH}`,
    HOME: home,
    ...(LANG && { LANG }),
    ...(TMPDIR && { TMPDIR }),
    ...(libraries && { LD_LIBRARY_PATH: libraries }),
  };
}

/** Runs a program; resolves to its status and output. */
async function run(program, args, options) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS, ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [status, signal] = await once(child, 'close');
  return { status: status ?? signal, output };
}

/** Runs a program that must succeed; resolves to its output. */
async function succeed(program, args, options) {
  const { status, output } = await run(program, args, options);
  if (status !== 0) throw new Error(`${path.basename(program)} ${args.join(' ')}: ${status}\n${output}`);
  return output;
}

/**
 * Starts a program that goes on. `line()` resolves to its next line, and rejects when it ends; `end()` ends it.
 */
function start(program, args, options) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS, ...options });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${path.basename(program)} ${args.join(' ')} ended: ${await exited}\n${errors}`);
      return value;
    },
    async end() {
      child.kill();
      await exited;
    },
  };
}

module.exports = { environment, run, start, succeed };
