'use strict';
// A session with the inspector of another process: calls, answers and events of the DevTools protocol.

const { EventEmitter } = require('node:events');
const { connect } = require('./connection.js');
const { getJson, openWebSocket } = require('./websocket.js');

/** The process did not answer in time, or has ended. */
class SessionError extends Error {
  /** @param {'timeout'|'closed'} reason */
  constructor(message, reason) {
    super(message);
    this.reason = reason;
  }
}

/** Emits events of the protocol under their names, and `close` once. */
class Session extends EventEmitter {
  #socket;
  #lastId = 0;
  /** id -> functions that settle a call without an answer */
  #pending = new Map();

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.on('message', (text) => this.#receive(JSON.parse(text)));
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new SessionError('the connection was closed', 'closed'));
      this.#pending.clear();
      this.emit('close');
    });
    // Without this, a process that is about to end waits for this session.
    this.on('NodeRuntime.waitingForDisconnect', () => this.close());
    this.call('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }).catch(() => {});
  }

  get isClosed() {
    return this.#socket.isClosed;
  }

  /**
   * Calls a method of the protocol.
   * @param {string} method
   * @param {object} [params]
   * @param {number} [timeoutMs]
   * @returns {Promise<object>} rejects with a SessionError if there is no answer
   */
  call(method, params, timeoutMs) {
    if (this.isClosed) return Promise.reject(new SessionError('the connection was closed', 'closed'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      let timer;
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        this.#pending.delete(id);
        settle(value);
      };
      if (timeoutMs !== undefined) {
        const expired = () => settled(reject)(new SessionError(`${method} was not answered in ${timeoutMs} ms`, 'timeout'));
        timer = setTimeout(expired, timeoutMs);
      }
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /**
   * Evaluates an expression on the main thread, with the `require` of the console, and returns its value.
   * @param {string} expression
   * @param {number} [timeoutMs]
   * @returns {Promise<unknown>} rejects with the message of the error that the expression throws
   */
  evaluate(expression, timeoutMs) {
    return this.#evaluate(expression, false, timeoutMs);
  }

  /** Evaluates an expression and awaits its promise, for which the event loop must turn. */
  evaluatePromise(expression, timeoutMs) {
    return this.#evaluate(expression, true, timeoutMs);
  }

  async #evaluate(expression, awaitPromise, timeoutMs) {
    const params = { expression, includeCommandLineAPI: true, awaitPromise, returnByValue: true };
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', params, timeoutMs);
    if (exceptionDetails === undefined) return result.value;
    const { exception, text } = exceptionDetails;
    const message = exception?.description?.split('\n    at ')[0] ?? exception?.value ?? text;
    throw new Error(String(message));
  }

  /** Closes the session, and waits until it is closed. */
  async close() {
    await this.#socket.close();
  }

  #receive({ id, method, params, result, error }) {
    if (id === undefined) {
      this.emit(method, params);
      return;
    }
    const call = this.#pending.get(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  }
}

/**
 * Returns the URL path of the inspector at an address.
 * @returns {Promise<string|undefined>} `undefined` if another program, or no program, answers there
 */
async function inspectorPath(target, address) {
  try {
    const [first] = await getJson(await connect(target, address), address, '/json/list');
    return new URL(first.webSocketDebuggerUrl).pathname;
  } catch {
    return undefined;
  }
}

/**
 * Connects to the inspector that listens at an address.
 * @param {import('../target/processes.js').Process} target
 * @param {{host: string, port: number}} address
 * @param {string} path
 * @returns {Promise<Session>}
 */
async function openSession(target, address, path) {
  return new Session(await openWebSocket(await connect(target, address), address, path));
}

module.exports = { SessionError, inspectorPath, openSession };
