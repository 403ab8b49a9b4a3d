'use strict';
// Takes dumps of this process for a `heapdump-rs` command that has attached to it. The command loads this module through the
// inspector, and not index.js: no signal is installed. Commands come through a socket that the command listens on, so that
// the inspector is closed meanwhile, or by calls through the inspector if the event loop is stuck.
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
  if (--attached === 0 && !wasOpen) session.close();
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
    this.#dump(id, options).then(
      (result) => this.#send({ id, result }),
      (error) => this.#send({ id, failure: toFailure(error) }),
    );
  }

  #dump(id, options) {
    const { signal } = this.#abort;
    const onProgress = ({ bytes }) => this.#send({ id, progress: { bytes } });
    // A wrong option throws, which must not reach the application.
    const dump = async () => dumpFor('attach', { ...optionsOf(options), wait: true, signal, onProgress });
    const result = dump();
    this.#running = result.catch(() => {});
    return result;
  }

  /** Aborts the running dump, waits for its end, and undoes `enter`. */
  async #release() {
    this.#abort.abort();
    await this.#running;
    if (this.#isReleased) return;
    this.#isReleased = true;
    leave();
    // A command that was killed could not remove its private folder.
    fs.rm(this.#folder, { recursive: true, force: true }, () => {});
  }
}

/** Connects to the command that listens at `file`. */
function connect(file) {
  new Connection(file);
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

/** Undoes the `enter` of so many calls of `dumpNow`. */
function release(dumps) {
  for (let i = 0; i < dumps; i++) leave();
}

module.exports = { connect, dumpNow, release, version };
