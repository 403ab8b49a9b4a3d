'use strict';
// Takes dumps of this process for a `heapdump-rs` command that has attached to it. The command loads this module through the
// inspector, and not index.js: no signal is installed. Commands come through a socket that the command listens on, so that
// the inspector is closed meanwhile, or by calls through the inspector if the event loop is stuck.
//
// What is started here ends with the command: when it is killed, the kernel closes the socket.

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');
const { captureSync } = require('./capture.js');
const { dumpFor, place } = require('./dump.js');
const { readOptions } = require('./environment.js');
const session = require('./session.js');
const { withRequest } = require('./signal-request.js');
const { version } = require('../../package.json');

/** Commands that are attached now. */
let attached = 0;

/** Whether the application had a session open before: its object ids are not ours to clear. */
let wasOpen = false;

function enter() {
  if (attached++ === 0) wasOpen = session.isOpen();
}

/** V8's table of object ids goes, and the timer of the session. */
function leave() {
  if (--attached === 0 && !wasOpen) session.close();
}

/** The options of a dump that the command asked for; what the process takes out itself is the minimum. */
function optionsOf({ dir, compress, ...request }) {
  const options = Object.entries({ dir, compress, ...withRequest({}, request) });
  return Object.fromEntries(options.filter(([, value]) => value !== undefined));
}

/** What the command is told of an error. */
function toFailure({ message, code }) {
  return { message, code };
}

/** Serves the command behind a socket until it goes. */
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
    // The command has no say in how long the process lives.
    this.#socket.unref();
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.once('close', () => this.#release());
    readline.createInterface({ input: this.#socket }).on('line', (line) => this.#handle(JSON.parse(line)));
    this.#send({ hello: version });
  }

  #send(message) {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #handle({ id, method, options }) {
    if (method === 'release') {
      // The command waits for the end of the socket.
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
    const result = dumpFor('attach', { mode: readOptions().mode, ...optionsOf(options), wait: true, signal, onProgress });
    this.#running = result.catch(() => {});
    return result;
  }

  /** Ends what is under way, and what was started. */
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

/** Takes one dump in place, before it returns: for a thread whose event loop does not turn. Gives the result as JSON. */
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

/** Ends what `dumpNow` has begun. */
function release(dumps) {
  for (let i = 0; i < dumps; i++) leave();
}

module.exports = { connect, dumpNow, release, version };
