'use strict';
// Takes dumps and allocation profiles of this process for a `heapdump-rs` command that has attached to it. The command loads this
// module through the inspector, and not index.js: no signal is installed. Commands come through a socket that the command listens
// on, so that the inspector is closed meanwhile, or by calls through the inspector if the event loop is stuck.
//
// The agent ends with the command: if the command is killed, the kernel closes the socket.

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { captureSync } = require('./capture.js');
const { dumpFor, place } = require('./dump.js');
const { receiveMessages, sendMessage } = require('./json-lines.js');
const session = require('./session.js');
const { withRequest } = require('./signal-request.js');
const { Sampling, isSampling } = require('../profile/profiler.js');
const { version } = require('../../package.json');

/** Number of attached commands. */
let attached = 0;

/** Whether a session was open before the first command attached. It then stays open: closing it would clear the object ids. */
let wasOpen = false;

function enter() {
  if (attached++ === 0) wasOpen = session.isOpen();
}

/** Counts a command out. After the last one, closes the session: V8 drops its table of object ids, and the timer ends. */
function leave() {
  // Closing it would also stop a profiler that the application has started meanwhile.
  if (--attached === 0 && !wasOpen && !isSampling()) session.close();
}

/** Returns the options of a requested dump. Redacts at least as much as the environment of this process demands. */
function optionsOf({ dir, compress, ...request }) {
  return { dir, compress, ...withRequest({}, request) };
}

/** Returns the part of an error that the command gets. */
function toFailure({ message, code }) {
  return { message, code };
}

/** Serves one command through a socket, until the socket closes. */
class Connection {
  #socket;
  #abort = new AbortController();
  #running = Promise.resolve();
  #isReleased = false;
  #folder;
  /** @type {Sampling|undefined} */
  #sampling;

  constructor(file) {
    enter();
    this.#folder = path.dirname(file);
    this.#socket = net.connect(file);
    // An attached command must not keep the process alive.
    this.#socket.unref();
    this.#socket.once('close', () => this.#release());
    receiveMessages(this.#socket, (message) => this.#handle(message));
    this.#send({ hello: version });
  }

  #send(message) {
    sendMessage(this.#socket, message);
  }

  #handle({ id, method, options }) {
    if (method === 'release') {
      // The command waits until the socket closes.
      this.#release().then(() => this.#socket.destroy());
      return;
    }
    const calls = {
      dump: () => this.#dump(id, options),
      startProfile: () => this.#startProfile(options),
      stopProfile: () => this.#stopProfile(),
    };
    // Errors must not reach the application.
    const answer = async () => calls[method]();
    answer().then(
      (result) => this.#send({ id, result }),
      (error) => this.#send({ id, failure: toFailure(error) }),
    );
  }

  #startProfile({ intervalBytes }) {
    this.#sampling ??= new Sampling(intervalBytes);
  }

  /** Returns the text of a `.heapprofile`. */
  #stopProfile() {
    const profile = this.#sampling.stop();
    this.#sampling = undefined;
    return profile.toHeapProfile();
  }

  #dump(id, options) {
    const { signal } = this.#abort;
    const onProgress = ({ bytes }) => this.#send({ id, progress: { bytes } });
    const result = dumpFor('attach', { ...optionsOf(options), wait: true, signal, onProgress });
    this.#running = result.catch(() => {});
    return result;
  }

  /** Aborts the running dump, waits for its end, stops sampling, and undoes `enter`. */
  async #release() {
    this.#abort.abort();
    await this.#running;
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#sampling?.stop();
    leave();
    // A command that was killed could not remove its private folder.
    fs.rm(this.#folder, { recursive: true, force: true }, () => {});
  }
}

/**
 * Connects to the command that listens at `file`.
 *
 * @param {string} file
 * @param {{staysOpen?: boolean}} [how] `staysOpen`: the application uses this package, so that the session stays open afterwards
 */
function connect(file, { staysOpen = false } = {}) {
  new Connection(file);
  wasOpen ||= staysOpen;
  return version;
}

/** Takes one dump and blocks until it is written: for a thread whose event loop is stuck. Returns the result as JSON. */
function dumpNow(options) {
  enter();
  try {
    const { makeDirectory, ...request } = place(optionsOf(options));
    if (makeDirectory) fs.mkdirSync(path.dirname(request.path), { recursive: true, mode: 0o700 });
    return JSON.stringify({ result: captureSync({ ...request, method: 'interrupt', reason: 'attach' }) });
  } catch (error) {
    return JSON.stringify({ failure: toFailure(error) });
  }
}

/** The sampling of a command that calls through the inspector. */
let samplingNow;

/** Starts a profile on a thread whose event loop is stuck. */
function startProfileNow({ intervalBytes }) {
  enter();
  try {
    samplingNow ??= new Sampling(intervalBytes);
  } catch (error) {
    return JSON.stringify({ failure: toFailure(error) });
  }
  return JSON.stringify({});
}

/** Ends the profile of `startProfileNow`. Returns the text of a `.heapprofile` as `result`. */
function stopProfileNow() {
  const profile = samplingNow.stop();
  samplingNow = undefined;
  return JSON.stringify({ result: profile.toHeapProfile() });
}

/** Undoes the `enter` of so many calls of `dumpNow` and `startProfileNow`. */
function release(calls) {
  if (calls > 0 && samplingNow !== undefined) stopProfileNow();
  for (let i = 0; i < calls; i++) leave();
}

module.exports = { connect, dumpNow, release, startProfileNow, stopProfileNow, version };
