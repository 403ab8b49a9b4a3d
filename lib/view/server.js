'use strict';
// The server on loopback: delivers the page, the state of the files, and answers to queries.

const { once } = require('node:events');
const http = require('node:http');
const { version } = require('../../package.json');
const { Files } = require('./files.js');
const { HEADERS, MAX_URL_LENGTH, Refusal, admit, contentPolicy, secret } = require('./guard.js');
const { page, withNonce } = require('./page.js');
const { Unfinished } = require('./cache.js');
const { Pager } = require('./pager.js');
const { ROUTES, answer } = require('./routes.js');

const HOST = '127.0.0.1';
const JSON_TYPE = 'application/json; charset=utf-8';

/** Converts an error to a response. Errors with a code are the client's fault; others are bugs, reported without a stack. */
function failure(error) {
  if (error instanceof Refusal) return { status: error.status, code: error.code, message: error.message, headers: error.headers };
  if (error.code === undefined || error.code === 'ERR_HEAPDUMP_INTERNAL') {
    return { status: 500, code: 'ERR_HEAPDUMP_INTERNAL', message: 'Internal error; please report it' };
  }
  return { status: 400, code: error.code, message: error.message };
}

class ViewServer {
  /** The port that it listens on. */
  port = 0;
  #http;
  #token = secret();
  #invitation;
  #files;
  #pager;
  #page;
  #options;
  #opening;

  /**
   * @param {string[]} files oldest first; throws if one does not exist, or if the page has not been built
   * @param {object} [options]
   * @param {boolean} [options.mayShowValues]
   * @param {string} [options.language]
   * @param {Record<string, string>} [options.sourceRoots] see `findLeaks()`
   * @param {string[]} [options.profiles] files of allocation profiles, see `profilesOf()`
   * @param {string} [options.template] file of the built page
   */
  constructor(files, { mayShowValues = true, language, sourceRoots, profiles, template } = {}) {
    this.#page = page({ mode: 'view', version, language, mayShowValues }, template);
    this.#files = new Files(files, profiles);
    this.#pager = new Pager(this.#files, sourceRoots);
    this.#options = { mayShowValues };
    this.#http = http.createServer({ maxHeaderSize: 2 * MAX_URL_LENGTH }, (request, response) => this.#serve(request, response));
  }

  /** Starts to listen, then to open the files. */
  async listen(port = 0) {
    this.#http.listen(port, HOST);
    await once(this.#http, 'listening');
    this.port = this.#http.address().port;
    this.#opening = this.#files.open().then(() => this.#pager.prepare());
  }

  /** Resolves when all files are open; rejects if one cannot be opened. */
  opened() {
    return this.#files.all();
  }

  /** Returns an address that works once, because other users of this machine can see the arguments of the program that opens it. */
  invite() {
    this.#invitation = secret();
    return `http://${HOST}:${this.port}/${this.#invitation}/`;
  }

  /** Returns the address of the page. */
  get url() {
    return `http://${HOST}:${this.port}/${this.#token}/`;
  }

  /** Stops immediately and cancels running queries. */
  async close() {
    this.#files.close();
    this.#pager.close();
    if (!this.#http.listening) return;
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
    await this.#opening;
  }

  async #serve(request, response) {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const { path, query, isInvited } = admit(request, { token: this.#token, port: this.port, invitation: this.#invitation });
      if (isInvited) this.#invitation = undefined;
      // Queries are relative to an address that ends in a slash.
      if (isInvited || (path === '' && !request.url.startsWith(`/${this.#token}/`))) return this.#redirect(response, query);
      const { type, body, headers } = await this.#answer(path, query, gone.signal);
      send(response, 200, type, body, headers);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (error instanceof Unfinished)
        return send(response, 202, JSON_TYPE, JSON.stringify({ unfinished: { ms: Math.round(error.ms) } }));
      const { status, code, message, headers } = failure(error);
      send(response, status, JSON_TYPE, JSON.stringify({ error: { code, message } }), headers);
    }
  }

  #redirect(response, query) {
    send(response, 302, 'text/plain', '', { Location: `/${this.#token}/${query && `?${query}`}` });
  }

  async #answer(path, query, signal) {
    if (path === '') {
      const nonce = secret();
      return {
        type: 'text/html; charset=utf-8',
        body: withNonce(this.#page, nonce),
        headers: { 'Content-Security-Policy': contentPolicy(nonce) },
      };
    }
    const name = path.startsWith('api/') ? path.slice(4) : '';
    if (name === 'state') return { type: JSON_TYPE, body: JSON.stringify(this.#files.describe()) };
    if (!Object.hasOwn(ROUTES, name)) throw new Refusal(404, 'Unknown path');
    return { type: JSON_TYPE, body: await answer(this.#pager, name, new URLSearchParams(query), { ...this.#options, signal }) };
  }
}

function send(response, status, type, body, headers) {
  response.writeHead(status, {
    ...HEADERS,
    'Content-Security-Policy': "default-src 'none'",
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

module.exports = { ViewServer };
