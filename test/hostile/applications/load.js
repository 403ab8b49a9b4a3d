'use strict';
// Load on an HTTP server: on each connection, the next request follows each response. Every response is checked.

const http = require('node:http');

const CONNECTIONS = 16;

/** Timeout of a response. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Maximum number of errors to record. */
const MAX_ERRORS = 5;

class Load {
  /** The number of requests with the right response. */
  answered = 0;
  failed = 0;
  /** The first errors. */
  errors = [];
  slowestMs = 0;
  #isStopping = false;
  #agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #connections;
  #count = 0;

  /**
   * @param {number} port
   * @param {{request: Function, check: Function}} program `request(i)` returns `{ method, path, headers, body }`;
   *   `check(i, { status, headers, body })` throws if that is the wrong response
   */
  constructor(port, program) {
    const connection = async () => {
      while (!this.#isStopping) await this.#attempt(port, program, this.#count++);
    };
    this.#connections = Array.from({ length: CONNECTIONS }, connection);
  }

  /** Resolves when all responses have arrived. */
  async stop() {
    this.#isStopping = true;
    await Promise.all(this.#connections);
    this.#agent.destroy();
  }

  async #attempt(port, { request, check }, i) {
    const begun = performance.now();
    try {
      check(i, await this.#send(port, request(i)));
      this.answered += 1;
    } catch (error) {
      this.failed += 1;
      if (this.errors.length < MAX_ERRORS) this.errors.push(`request ${i}: ${error.message}`);
      // Connecting to a dead server fails immediately.
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
  }

  #send(port, { method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port,
        method,
        path,
        headers,
        agent: this.#agent,
        timeout: REQUEST_TIMEOUT_MS,
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no response in ${REQUEST_TIMEOUT_MS} ms`)));
      request.on('response', (response) => {
        const chunks = [];
        response.on('error', reject);
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      request.end(body);
    });
  }
}

module.exports = { Load };
