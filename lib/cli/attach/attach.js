'use strict';
// Dumps a process that has not loaded the package: loads the package there through the inspector, and removes all traces afterwards.
//
// There are three methods, from best to worst:
// - The event loop turns: the agent connects to this command, and the inspector is closed before the first dump.
// - The event loop is stuck: the command calls the agent through the inspector, which stays open, and the dump blocks JavaScript.
// - The addon cannot be loaded: V8 sends its own snapshot through the inspector, which stays open.

const path = require('node:path');
const { EXIT } = require('../kit/exit.js');
const { unlessStopped } = require('../kit/stop.js');
const { fromProcess } = require('../target/inspect.js');
const { Refusal, attachFailure, named, note, profiled } = require('../target/refusal.js');
const { Channel } = require('./channel.js');
const { agentExpression, connectExpression, turnExpression } = require('./inside.js');
const { openInspector } = require('./inspector.js');
const { SessionError } = require('./session.js');
const { StreamedDumps } = require('./streamed.js');
const { within } = require('../../capture/within.js');
const { ROOT, makeWorkspace } = require('./workspace.js');
const { version } = require('../../../package.json');

/** A main thread that does not evaluate `0` within this time is inside native code. */
const ANSWER_TIMEOUT_MS = 5000;
/** An event loop that does not turn within this time is stuck. */
const TURN_TIMEOUT_MS = 2000;
/** Timeout for loading the package and connecting. Takes milliseconds, unless the machine is busy. */
const LOAD_TIMEOUT_MS = 30_000;

/** Returns whether the event loop turns. Throws if the main thread does not answer at all. */
async function isTurning(session, target) {
  try {
    await session.evaluate('0', ANSWER_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    if (error.reason === 'closed') throw attachFailure(`${named(target)} has ended`);
    throw attachFailure(
      `the main thread of ${named(target)} does not answer: it is inside a long call of native code (a synchronous crypto, zlib or ` +
        'file system call, or an addon), or stopped. Try again later',
    );
  }
  try {
    await session.evaluatePromise(turnExpression(), TURN_TIMEOUT_MS);
    return true;
  } catch (error) {
    if (error.reason === 'timeout') return false;
    throw error;
  }
}

/** Converts paths between this process and the other one. Reads the root directory once, because a process that has ended has none. */
class Paths {
  #pid;
  #root;

  constructor({ pid }) {
    this.#pid = pid;
    this.#root = fromProcess(pid, '/');
  }

  get areShared() {
    return this.#root === '/';
  }

  #here(file) {
    return this.areShared ? file : path.join(this.#root, file);
  }

  /** Returns the options for the agent, with the directory as the process names it. */
  agentOptions({ dir, ...request }) {
    const root = `/proc/${this.#pid}/root`;
    const isInside = dir?.startsWith(`${root}/`);
    if (dir !== undefined && !isInside && !this.areShared)
      throw attachFailure(`process ${this.#pid} has its own root directory: pass --dir as ${root}/...`);
    return { ...request, dir: isInside ? dir.slice(root.length) : dir && path.resolve(dir) };
  }

  /** Returns the result of the agent, with paths as this process names them. */
  result(result) {
    const sources = result.sources?.path;
    return { ...result, path: this.#here(result.path), sources: sources ? this.#here(sources) : undefined };
  }
}

/** Dumps by the agent, which is connected to this command by a socket. */
class AgentDumps {
  #paths;
  #channel;

  constructor(paths, channel) {
    this.#paths = paths;
    this.#channel = channel;
  }

  async dump(options, onProgress) {
    const progress = ({ bytes }) => onProgress({ state: 'writing', bytes });
    progress({ bytes: 0 });
    return this.#paths.result(await this.#channel.dump(this.#paths.agentOptions(options), progress));
  }

  startProfile(options) {
    return this.#channel.startProfile(options);
  }

  stopProfile() {
    return this.#channel.stopProfile();
  }

  close() {
    return this.#channel.close();
  }
}

/** Dumps by the agent on a thread that is stuck, called through the inspector. */
class InterruptDumps {
  #paths;
  #inspector;
  #agent;
  /** Number of calls that `release` has to undo. */
  #entered = 0;

  constructor(paths, inspector, agent) {
    this.#paths = paths;
    this.#inspector = inspector;
    this.#agent = agent;
  }

  async dump(options, onProgress) {
    onProgress({ state: 'writing', bytes: 0 });
    this.#entered += 1;
    return this.#paths.result(await this.#call('dumpNow', this.#paths.agentOptions(options)));
  }

  startProfile(options) {
    this.#entered += 1;
    return this.#call('startProfileNow', options);
  }

  stopProfile() {
    return this.#call('stopProfileNow');
  }

  async #call(method, options) {
    const text = await this.#inspector.session.evaluate(agentExpression(this.#agent, method, options));
    const { result, failure: reason } = JSON.parse(text);
    if (reason) throw Object.assign(new Error(reason.message), { code: reason.code });
    return result;
  }

  async close() {
    const { session } = this.#inspector;
    if (this.#entered > 0)
      await session.evaluate(agentExpression(this.#agent, 'release', this.#entered), ANSWER_TIMEOUT_MS).catch(() => {});
    await this.#inspector.close();
  }
}

/** A process that this command is attached to. Must be closed. */
class Attachment {
  #target;
  #paths;
  #inspector;
  #workspace;
  #copyAddon;
  #timeout;
  /** The method of the dumps, after `begin`. */
  #dumps;

  constructor(target, inspector, { copyAddon, timeout }) {
    this.#target = target;
    this.#paths = new Paths(target);
    this.#inspector = inspector;
    this.#copyAddon = copyAddon;
    this.#timeout = timeout;
  }

  /** Chooses the method of the dumps, and closes the inspector if the method does not need it. */
  async begin(stop) {
    const { session } = this.#inspector;
    const isLive = await unlessStopped(isTurning(session, this.#target), stop);
    this.#workspace = makeWorkspace(this.#target.pid);
    try {
      if (this.#workspace === undefined) throw new Error('there is no directory that both it and this command can write to');
      const agent = this.#agentOptions();
      this.#dumps = isLive ? await unlessStopped(this.#connect(agent), stop) : await unlessStopped(this.#interrupt(agent), stop);
    } catch (error) {
      if (error instanceof SessionError || error.name === 'AbortError') throw error;
      const isElsewhere = !this.#paths.areShared && !this.#copyAddon;
      note(
        `the addon cannot be loaded in ${named(this.#target)} (${error.message}). V8's own snapshot is read through the ` +
          `inspector instead, which stops JavaScript there until it is sent${isElsewhere ? '; --copy-addon avoids that' : ''}`,
      );
      this.#dumps = new StreamedDumps(this.#target, this.#inspector, { isStuck: !isLive });
    }
  }

  #agentOptions() {
    const { pid } = this.#target;
    const packages = this.#paths.areShared ? [ROOT] : [];
    if (this.#copyAddon) packages.push(this.#workspace.copyPackage(pid));
    return { version, packages, socket: path.join(this.#workspace.there, 'socket') };
  }

  async #connect(agent) {
    const file = path.join(this.#workspace.here, 'socket');
    const channel = await Channel.listen(file);
    try {
      this.#workspace.give(file);
      await this.#inspector.session.evaluatePromise(connectExpression(agent), LOAD_TIMEOUT_MS);
      await channel.connected();
    } catch (error) {
      await channel.close();
      throw error;
    }
    await this.#inspector.close();
    return new AgentDumps(this.#paths, channel);
  }

  async #interrupt(agent) {
    note(`the event loop of ${named(this.#target)} is stuck: the dump interrupts it, and the inspector stays open until then`);
    await this.#inspector.session.evaluate(agentExpression(agent, 'release', 0), LOAD_TIMEOUT_MS);
    return new InterruptDumps(this.#paths, this.#inspector, agent);
  }

  /**
   * A private directory that both processes can write to, as this process names it; `undefined` if there is none.
   * @returns {string|undefined}
   */
  get directory() {
    return this.#workspace?.here;
  }

  /**
   * Takes a dump.
   * @param {{dir?: string, compress?: string, redact?: string, sources?: boolean, mode?: string}} options
   * @param {(progress: {state: string, bytes: number}) => void} onProgress
   * @param {AbortSignal} [abort]
   * @returns {Promise<{path: string, bytes: number, method: string, pauseMs: number, sources?: string}>} with paths as this
   *   process names them
   */
  async dump(options, onProgress, abort) {
    abort?.throwIfAborted();
    try {
      const work = unlessStopped(this.#dumps.dump(options, onProgress), abort);
      const result = await within(work, this.#timeout * 1000, () => this.#tooLate());
      if (options.mode === 'image' && result.method !== 'image')
        throw new Error(
          `it cannot write an image: it is stuck, cannot load the addon, or redacts by its own settings. ${result.path} is a snapshot`,
        );
      return result;
    } catch (error) {
      if (error.name === 'AbortError' || error instanceof Refusal) throw error;
      const isGone = error instanceof SessionError || error.code === 'ERR_HEAPDUMP_ATTACH';
      const reason = isGone ? 'ended before the dump was complete' : `could not be dumped: ${error.message}`;
      throw new Refusal(`${named(this.#target)} ${reason}`, {
        exit: EXIT.other,
        code: isGone ? 'ERR_HEAPDUMP_ATTACH' : error.code,
      });
    }
  }

  /**
   * Starts to sample allocations; `close` ends it.
   * @param {{intervalBytes?: number}} options
   * @param {AbortSignal} [abort]
   */
  startProfile(options, abort) {
    return profiled(this.#target, this.#dumps.startProfile(options), abort);
  }

  /** Ends the sampling. Resolves with the text of a `.heapprofile`. */
  stopProfile(abort) {
    return profiled(this.#target, this.#dumps.stopProfile(), abort);
  }

  /** The error of a dump that exceeded the timeout; `close` ends the dump. */
  #tooLate() {
    const message = `the dump of ${named(this.#target)} was not complete after ${this.#timeout} s, and was ended`;
    return new Refusal(message, { exit: EXIT.other, code: 'ERR_HEAPDUMP_ATTACH' });
  }

  /** Closes the inspector or the channel, and removes the private directory. */
  async close() {
    try {
      await (this.#dumps ?? this.#inspector).close();
    } finally {
      this.#workspace?.remove();
    }
  }
}

/**
 * Attaches to a process. The user must have agreed.
 * @param {import('../target/processes.js').Process} target
 * @param {{timeout: number, copyAddon?: boolean, stop?: AbortSignal}} how `timeout`: of one dump, in seconds
 * @returns {Promise<Attachment>}
 */
async function attach(target, { stop, ...how }) {
  const attachment = new Attachment(target, await openInspector(target, stop), how);
  try {
    await attachment.begin(stop);
    return attachment;
  } catch (error) {
    await attachment.close();
    if (error instanceof SessionError) throw attachFailure(`${named(target)} could not be attached to: ${error.message}`);
    throw error;
  }
}

module.exports = { attach };
