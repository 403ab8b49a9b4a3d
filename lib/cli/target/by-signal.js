'use strict';
// Dumps of a process that has loaded the package: a signal asks for them, and the files in its directory tell the result.

const fs = require('node:fs');
const path = require('node:path');
const { isImage } = require('../../capture/image-file.js');
const { sourcesBeside } = require('../../capture/names.js');
const { leaveRequest, requestFile } = require('../../capture/signal-request.js');
const { EXIT, UsageError } = require('../kit/exit.js');
const { follow } = require('./follow.js');
const { receive } = require('./handover.js');
const { dumpDirectory, pidInside } = require('./inspect.js');
const { attempt, lives } = require('./processes.js');
const { Refusal, named, note } = require('./refusal.js');

function send(target, signal) {
  // The pid may belong to another process by now, which does not handle the signal.
  if (!lives(target)) throw new Refusal(`${named(target)} has ended`);
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if (error.code === 'EPERM')
      throw new Refusal(`${named(target)} belongs to another user: run this as that user, or as root (EPERM)`);
    throw error.code === 'ESRCH' ? new Refusal(`${named(target)} has ended`) : error;
  }
}

/** What went wrong after the signal. */
function failureOf(outcome, target, directory, timeout) {
  switch (outcome.state) {
    case 'failed':
      return `${named(target)} gave its dump up: it says why on its standard error`;
    case 'ended':
      return `${named(target)} ended before the dump was complete`;
    default:
      return outcome.begun
        ? `the dump of ${named(target)} is not complete after ${timeout} s; it goes on in ${outcome.file}`
        : `no dump of ${named(target)} has begun in ${directory} within ${timeout} s: it may be busy, or unable to write there; it says so on its standard error`;
  }
}

/** Gives options to the process: a file in the directory of the dump, as a signal carries nothing. */
function ask(target, directory, options) {
  const pid = pidInside(target.pid);
  try {
    leaveRequest(
      directory,
      pid,
      options,
      attempt(() => fs.statSync(`/proc/${target.pid}`).uid),
    );
  } catch (error) {
    throw new Refusal(`${named(target)} cannot be given options: ${error.message}`);
  }
  const file = requestFile(directory, pid);
  return { isTaken: () => !fs.existsSync(file), withdraw: () => fs.rmSync(file, { force: true }) };
}

const existing = (file) => (fs.existsSync(file) ? file : null);

/** Takes dumps of one process by a signal that it waits for. */
class BySignal {
  #target;
  #signal;
  #directory;
  #timeout;

  /**
   * @param {import('./processes.js').Process} target
   * @param {{signal: string, dir?: string, timeout: number}} how `timeout` in seconds
   */
  constructor(target, { signal, dir, timeout }) {
    this.#target = target;
    this.#signal = signal;
    this.#directory = dir === undefined ? dumpDirectory(target) : path.resolve(dir);
    this.#timeout = timeout;
  }

  /**
   * @param {object} options `dir`, and those of the table of options that another process can be asked for
   * @param {(progress: {state: string, bytes?: number}) => void} onProgress
   * @param {AbortSignal} [abort] ends the wait; the process finishes its dump
   * @returns {Promise<{path: string, bytes: number, sources?: string|null, signal: string}>} paths as seen from here
   */
  async dump({ dir: _dir, ...options }, onProgress, abort) {
    const target = this.#target;
    const directory = this.#directory;
    if (directory === undefined) throw new UsageError(`where ${named(target)} writes cannot be seen; say --dir DIR`);
    const asked = Object.fromEntries(Object.entries(options).filter(([, value]) => value));
    const request = Object.keys(asked).length > 0 ? ask(target, directory, asked) : undefined;
    let outcome;
    let isTaken;
    try {
      outcome = await follow({
        target,
        directory,
        pidInside: pidInside(target.pid),
        timeoutMs: this.#timeout * 1000,
        send: () => send(target, this.#signal),
        onProgress,
        abort,
      });
    } finally {
      isTaken = request?.isTaken();
      request?.withdraw();
    }
    if (outcome.state !== 'done') throw new Refusal(failureOf(outcome, target, directory, this.#timeout), { exit: EXIT.other });
    const { file, bytes } = outcome;
    if (asked.redact && !isTaken) {
      throw new Refusal(
        `${named(target)} did not take the request to redact: its heapdump-rs is older, or it writes elsewhere than in ${directory}. ${file} may hold secrets`,
        { exit: EXIT.other },
      );
    }
    if (asked.mode === 'image' && !isImage(file)) {
      throw new Refusal(
        `${named(target)} wrote a snapshot and no image: its heapdump-rs is older, or it writes elsewhere than in ${directory}. It is ${file}`,
        { exit: EXIT.other },
      );
    }
    const sources = asked.sources ? existing(sourcesBeside(file)) : undefined;
    if (sources === null)
      note(`${named(target)} wrote no texts of scripts: its heapdump-rs is older, or it writes elsewhere than in ${directory}`);
    return { path: file, bytes, sources, signal: this.#signal };
  }

  /**
   * Has the process write the snapshot to a descriptor of this process.
   * @param {number} descriptor
   * @param {{redact?: string, compress?: string}} request
   * @param {() => void} [onTaken] the process has a descriptor of its own now
   * @param {AbortSignal} [abort] ends the wait
   */
  async handOver(descriptor, request, onTaken, abort) {
    const target = this.#target;
    const how = { descriptor, request, onTaken, abort, timeoutMs: this.#timeout * 1000, send: () => send(target, this.#signal) };
    return { ...(await receive(target, how)), signal: this.#signal };
  }

  /** Nothing was opened. */
  async close() {}
}

module.exports = { BySignal };
