'use strict';
// Dumps and profiles a process that has loaded the package: sends a signal, and follows the files in the directory of the dump, or has
// the agent of the process connect to this command.

const fs = require('node:fs');
const path = require('node:path');
const { isEncrypted, isImage } = require('../../capture/image-file.js');
const { sourcesBeside } = require('../../capture/names.js');
const { leaveRequest, requestFile } = require('../../capture/signal-request.js');
const { EXIT, UsageError } = require('../kit/exit.js');
const { unlessStopped } = require('../kit/stop.js');
const { follow } = require('./follow.js');
const { receive } = require('./handover.js');
const { dumpDirectory, pidInside } = require('./inspect.js');
const { attempt, lives } = require('./processes.js');
const { Refusal, named, note, profiled } = require('./refusal.js');

function send(target, signal) {
  // The pid may now belong to another process, which does not handle the signal.
  if (!lives(target)) throw new Refusal(`${named(target)} has ended`);
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if (error.code === 'EPERM')
      throw new Refusal(`${named(target)} belongs to another user: run this as that user, or as root (EPERM)`);
    throw error.code === 'ESRCH' ? new Refusal(`${named(target)} has ended`) : error;
  }
}

/** Returns why there is no dump after the signal was sent. */
function failureOf(outcome, target, directory, timeout) {
  switch (outcome.state) {
    case 'failed':
      return `the dump of ${named(target)} failed; its standard error has the reason`;
    case 'ended':
      return `${named(target)} ended before the dump was complete`;
    default:
      return outcome.begun
        ? `the dump of ${named(target)} is not complete after ${timeout} s; it continues in ${outcome.file}`
        : `no dump of ${named(target)} has begun in ${directory} within ${timeout} s: the process may be busy, or unable to write there (see its standard error)`;
  }
}

/** Passes options to the process in a file in the directory of the dump, because a signal carries no data. */
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
    throw new Refusal(`cannot pass options to ${named(target)}: ${error.message}`);
  }
  const file = requestFile(directory, pid);
  return { isTaken: () => !fs.existsSync(file), withdraw: () => fs.rmSync(file, { force: true }) };
}

const existing = (file) => (fs.existsSync(file) ? file : null);

/** Takes dumps of one process by a signal that it handles. */
class BySignal {
  #target;
  #signal;
  #directory;
  #timeout;
  /** The connection to the agent of the process. @type {import('./signalled-agent.js').SignalledAgent|undefined} */
  #agent;

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
   * @param {object} options `dir`, and the options that can be requested (`REQUESTED`)
   * @param {(progress: {state: string, bytes?: number}) => void} onProgress
   * @param {AbortSignal} [abort] ends the wait; the process finishes its dump
   * @returns {Promise<{path: string, bytes: number, sources?: string|null, signal: string}>} paths as seen from here
   */
  async dump({ dir: _dir, ...options }, onProgress, abort) {
    const target = this.#target;
    const directory = this.#seenDirectory();
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
        `${named(target)} ignored the request to redact: its heapdump-rs is older, or it does not write in ${directory}. ${file} may contain secrets`,
        { exit: EXIT.other },
      );
    }
    if (asked.encryptTo && !isEncrypted(file)) {
      throw new Refusal(
        `${named(target)} ignored the request to encrypt: its heapdump-rs is older, or it does not write in ${directory}. ${file} is not encrypted`,
        { exit: EXIT.other },
      );
    }
    // The kind of an encrypted file cannot be seen.
    if (asked.mode === 'image' && !isImage(file) && !isEncrypted(file)) {
      throw new Refusal(
        `${named(target)} wrote a snapshot instead of an image: its heapdump-rs is older, or it does not write in ${directory}. The snapshot is ${file}`,
        { exit: EXIT.other },
      );
    }
    const sources = asked.sources ? existing(sourcesBeside(file)) : undefined;
    if (sources === null)
      note(`${named(target)} wrote no texts of scripts: its heapdump-rs is older, or it does not write in ${directory}`);
    return { path: file, bytes, sources, signal: this.#signal };
  }

  /**
   * Takes a dump that the process writes to a descriptor of this process.
   * @param {number} descriptor
   * @param {{redact?: string, compress?: string}} request
   * @param {() => void} [onTaken] called when the process has its own copy of the descriptor
   * @param {AbortSignal} [abort] ends the wait
   */
  async handOver(descriptor, request, onTaken, abort) {
    const target = this.#target;
    const how = { descriptor, request, onTaken, abort, timeoutMs: this.#timeout * 1000, send: () => send(target, this.#signal) };
    return { ...(await receive(target, how)), signal: this.#signal };
  }

  /**
   * Has the agent of the process connect to this command, and start to sample allocations; `close` ends it.
   * @param {{intervalBytes?: number}} options
   * @param {AbortSignal} [abort]
   */
  async startProfile(options, abort) {
    const { SignalledAgent } = require('./signalled-agent.js');
    const target = this.#target;
    this.#agent = await SignalledAgent.listen(target);
    const request = ask(target, this.#seenDirectory(), { socket: this.#agent.socket });
    try {
      send(target, this.#signal);
      await unlessStopped(this.#agent.connected(), abort);
    } catch (error) {
      if (error.name === 'AbortError' || error instanceof Refusal) throw error;
      throw new Refusal(`${named(target)} did not connect to this command: ${whyNotConnected(request)}`, { exit: EXIT.other });
    } finally {
      request.withdraw();
    }
    await profiled(target, this.#agent.channel.startProfile(options), abort);
  }

  /** Ends the sampling. Resolves with the text of a `.heapprofile`. */
  stopProfile(abort) {
    return profiled(this.#target, this.#agent.channel.stopProfile(), abort);
  }

  #seenDirectory() {
    if (this.#directory !== undefined) return this.#directory;
    throw new UsageError(`the directory in which ${named(this.#target)} writes cannot be seen; say --dir DIR`);
  }

  /** Closes the connection to the agent, if there is one. */
  async close() {
    await this.#agent?.close();
  }
}

/** Returns why the agent of a process did not connect after the signal was sent. */
function whyNotConnected(request) {
  return request.isTaken()
    ? 'its event loop is busy, or its heapdump-rs is older and has written a dump instead'
    : 'it is busy in native code, or it writes to another directory than this command sees (--dir). It may still write a dump';
}

module.exports = { BySignal };
