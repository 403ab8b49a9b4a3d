'use strict';
// An application in a separate process: started from source text, controlled by messages.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { cleanup } = require('./cleanup.js');

let count = 0;

/** Variables that change the behaviour of a dump, or by which `dump NAME` finds a process. */
const DELETED = [
  'NODE_HEAPDUMP_OPTIONS',
  'HEAPDUMP_DIR',
  'NODE_OPTIONS',
  'NODE_TEST_CONTEXT',
  'NODE_CHANNEL_FD',
  'npm_lifecycle_event',
];

/** Returns the environment of this process without these variables. */
function cleanEnvironment() {
  const env = { ...process.env };
  for (const name of DELETED) delete env[name];
  return env;
}

/**
 * Starts `source` as a program in `directory`, with `say(name, value)` to send a message.
 *
 * @param {object} t the test; the process is killed at its end
 * @param {string} directory see `temporary()`
 * @param {string} source
 * @param {{env?: object, execArgv?: string[], node?: string, prefix?: string[]}} [options]
 *   `prefix`: a command that executes the rest of its command line
 */
function start(t, directory, source, { env, execArgv = [], node = process.execPath, prefix = [], cwd = directory } = {}) {
  const file = path.join(directory, `app-${++count}.js`);
  // Written at once, so that the data is sent before the program blocks.
  const say = 'const say = (is, value) => require("node:fs").writeSync(3, JSON.stringify({ is, value }) + "\\n");';
  fs.writeFileSync(file, `'use strict'; ${say}\n${source}`);
  const [command, ...args] = [...prefix, node, ...execArgv, file];
  const child = spawn(command, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  return new App(t, child);
}

class App {
  stdout = '';
  stderr = '';
  #messages = [];
  #waiting = [];

  constructor(t, child) {
    this.child = child;
    this.pid = child.pid;
    this.exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
      this.#settle();
    });
    child.stdin.on('error', () => {}); // it may end before it has read everything
    readline.createInterface({ input: child.stdio[3] }).on('line', (line) => {
      this.#messages.push(JSON.parse(line));
      this.#settle();
    });
    child.on('close', () => {
      this.closed = true;
      this.#settle();
    });
    cleanup(t, async () => {
      child.kill('SIGKILL');
      await this.exit;
    });
  }

  /** Resolves with the value of the next message of this name. */
  said(is) {
    return this.#until(`says '${is}'`, () => {
      const at = this.#messages.findIndex((message) => message.is === is);
      return at >= 0 && this.#messages.splice(at, 1)[0];
    }).then(({ value }) => value);
  }

  /** Resolves once stderr contains `pattern`. */
  complains(pattern) {
    return this.#until(`prints ${pattern}`, () => this.stderr.match(pattern));
  }

  /** Returns whether a message of this name has arrived. */
  hasSaid(is) {
    return this.#messages.some((message) => message.is === is);
  }

  /** Sends a line to the program's `process.stdin`. */
  tell(line) {
    this.child.stdin.write(`${line}\n`);
  }

  kill(signal) {
    process.kill(this.pid, signal);
  }

  #until(what, condition) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ what, condition, resolve, reject });
      this.#settle();
    });
  }

  #settle() {
    this.#waiting = this.#waiting.filter(({ what, condition, resolve, reject }) => {
      const found = condition();
      if (found) resolve(found);
      else if (this.closed) reject(new Error(`the program ended before it ${what}; stderr:\n${this.stderr}`));
      return !found && !this.closed;
    });
  }
}

module.exports = { cleanEnvironment, start };
