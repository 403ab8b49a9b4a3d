'use strict';
// The connection to lib/capture/agent.js in another process, through a socket in the file system. Each message is a line of JSON.

const { once } = require('node:events');
const net = require('node:net');
const { receiveMessages, sendMessage } = require('../../capture/json-lines.js');
const { within } = require('../../capture/within.js');

/** Timeout for the first message of the agent. It takes milliseconds if its event loop turns. */
const HELLO_TIMEOUT_MS = 10_000;

/** Timeout for the agent to end its dump and to close the socket. */
const RELEASE_TIMEOUT_MS = 5000;

/** Listens for one agent. */
class Channel {
  #server;
  #socket;
  #connected;
  #lastId = 0;
  /** id -> functions that settle a call without an answer */
  #pending = new Map();

  constructor(server) {
    this.#server = server;
    this.#connected = new Promise((resolve) => {
      server.once('connection', (socket) => this.#accept(socket, resolve));
    });
  }

  /** @param {string} file a path that the agent can reach */
  static async listen(file) {
    const server = net.createServer();
    const listening = once(server, 'listening');
    server.listen(file);
    await listening;
    return new Channel(server);
  }

  #accept(socket, onHello) {
    this.#server.close();
    this.#socket = socket;
    socket.once('close', () => this.#closed());
    receiveMessages(socket, (message) => {
      if (message.hello !== undefined) onHello(message.hello);
      else this.#receive(message);
    });
  }

  /** Resolves when the agent has said hello. */
  connected() {
    return within(this.#connected, HELLO_TIMEOUT_MS, () => new Error('it did not connect to the socket of this command'));
  }

  #receive({ id, progress, result, failure }) {
    const call = this.#pending.get(id);
    if (progress) {
      call?.onProgress?.(progress);
      return;
    }
    this.#pending.delete(id);
    if (failure) call?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
    else call?.resolve(result);
  }

  #closed() {
    for (const { reject } of this.#pending.values()) {
      reject(Object.assign(new Error('the process ended before it answered'), { code: 'ERR_HEAPDUMP_ATTACH' }));
    }
    this.#pending.clear();
  }

  #send(message) {
    sendMessage(this.#socket, message);
  }

  #call(method, options, onProgress) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject, onProgress });
      this.#send({ id, method, options });
      if (this.#socket.destroyed) this.#closed();
    });
  }

  /**
   * @param {object} options of `dump()`
   * @param {(progress: {bytes: number}) => void} onProgress
   * @returns {Promise<object>} the result of `dump()`; `close` ends the dump
   */
  dump(options, onProgress) {
    return this.#call('dump', options, onProgress);
  }

  /**
   * Starts to sample allocations; `close` ends it.
   * @param {{intervalBytes?: number}} options
   * @returns {Promise<void>}
   */
  startProfile(options) {
    return this.#call('startProfile', options);
  }

  /** Ends the sampling. Resolves with the text of a `.heapprofile`. */
  stopProfile() {
    return this.#call('stopProfile');
  }

  /** Asks the agent to end its dump or profile, and waits until it has closed its socket. */
  async close() {
    this.#server.close();
    if (this.#socket === undefined || this.#socket.destroyed) return;
    // Not `once` of node:events, which rejects if the process ends meanwhile and the connection is reset.
    const closed = new Promise((resolve) => {
      this.#socket.once('close', resolve);
    });
    this.#send({ method: 'release' });
    const timer = setTimeout(() => this.#socket.destroy(), RELEASE_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
  }
}

module.exports = { Channel };
