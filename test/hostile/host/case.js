'use strict';
// Creates a case of the matrix: a body that throws on failure, with a directory and processes that end with it.

const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const DEFAULT_TIMEOUT_MS = 600_000;

/** Thrown by the body of a case that this machine or this Node cannot run. The message is the reason. */
class Skipped extends Error {}

/**
 * @param {string} name
 * @param {(t: {after: (hook: Function) => void}) => Promise<string>} body returns its observations; `t` is for test/support
 * @returns {{name: string, run: () => Promise<{verdict: string, detail: string}>}} in the form of test/hostile/run.js
 */
function hostileCase(name, body, { timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
  return { name, run: () => judge(body, timeoutMs) };
}

async function judge(body, timeoutMs) {
  const hooks = [];
  let timer;
  const timeout = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return { verdict: 'held', detail: await Promise.race([body({ after: (hook) => hooks.push(hook) }), timeout]) };
  } catch (error) {
    if (error instanceof Skipped) return { verdict: 'skipped', detail: error.message };
    throw error;
  } finally {
    clearTimeout(timer);
    for (const hook of hooks.reverse()) await hook();
  }
}

/** Skips the case unless `command` succeeds. */
async function demand(reason, command, args, options) {
  try {
    await promisify(execFile)(command, args, options);
  } catch (error) {
    // The command exists, but could not be started.
    if (typeof error.code === 'string' && error.code !== 'ENOENT') throw error;
    throw new Skipped(`${reason}: ${(error.stderr || error.message).trim().split('\n').at(-1)}`);
  }
}

module.exports = { Skipped, demand, hostileCase };
