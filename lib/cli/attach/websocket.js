'use strict';
// A WebSocket client over any stream. Node 22 and newer have one, which cannot use an existing stream.

const crypto = require('node:crypto');
const { EventEmitter } = require('node:events');
const http = require('node:http');
const { FrameDecoder, OPCODES, encodeFrame } = require('./frames.js');

/** The server adds this text to the key, to prove that it supports the protocol (RFC 6455, section 1.3). */
const PROOF = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const HANDSHAKE_TIMEOUT_MS = 5000;

/** How long `close` waits until the server closes the connection. */
const CLOSE_TIMEOUT_MS = 1000;

/** Emits `message` with each text, and `close` once. */
class WebSocketClient extends EventEmitter {
  #stream;
  #decoder = new FrameDecoder();
  isClosed = false;

  /**
   * @param {import('node:stream').Duplex} stream after the handshake
   * @param {Buffer} head data that the server has sent already
   */
  constructor(stream, head) {
    super();
    this.#stream = stream;
    stream.on('data', (chunk) => this.#receive(chunk));
    stream.on('error', () => {}); // 'close' follows
    stream.on('close', () => this.#closed());
    stream.on('end', () => stream.destroy());
    if (head.length > 0) this.#receive(head);
  }

  /** @param {string} text */
  send(text) {
    if (!this.isClosed) this.#stream.write(encodeFrame(OPCODES.text, Buffer.from(text)));
  }

  /** Sends a close frame, and waits until the server has closed the connection, or until the timeout. */
  async close() {
    if (this.isClosed) return;
    const closed = new Promise((resolve) => {
      this.once('close', resolve);
    });
    this.#stream.write(encodeFrame(OPCODES.close, Buffer.from([0x03, 0xe8])));
    const timer = setTimeout(() => this.#stream.destroy(), CLOSE_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
  }

  #closed() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.emit('close');
  }

  #receive(chunk) {
    try {
      for (const { opcode, payload } of this.#decoder.push(chunk)) this.#handle(opcode, payload);
    } catch (error) {
      this.#stream.destroy(error);
    }
  }

  #handle(opcode, payload) {
    if (opcode === OPCODES.text) this.emit('message', payload.toString());
    else if (opcode === OPCODES.ping) this.#stream.write(encodeFrame(OPCODES.pong, payload));
    else if (opcode === OPCODES.close) this.#stream.end();
  }
}

/** Returns an HTTP request over a stream. */
function request(stream, address, path, headers) {
  const { host, port } = address;
  const name = host.includes(':') ? `[${host}]` : host;
  // The inspector answers only if the host is an IP address or `localhost`.
  const asked = http.request({ path, headers: { Host: `${name}:${port}`, ...headers }, createConnection: () => stream });
  // Not the timeout of the request, because the stream of a relay has none.
  const timer = setTimeout(() => asked.destroy(new Error(`${name}:${port} does not answer`)), HANDSHAKE_TIMEOUT_MS);
  for (const event of ['response', 'upgrade', 'close']) asked.once(event, () => clearTimeout(timer));
  return asked;
}

/**
 * Reads a JSON document by HTTP.
 * @param {import('node:stream').Duplex} stream is closed afterwards
 * @param {{host: string, port: number}} address
 * @param {string} path
 * @returns {Promise<object>}
 */
function getJson(stream, address, path) {
  return new Promise((resolve, reject) => {
    const asked = request(stream, address, path, { Connection: 'close' });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        stream.destroy();
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString()));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.end();
  });
}

/**
 * Opens a WebSocket.
 * @param {import('node:stream').Duplex} stream
 * @param {{host: string, port: number}} address
 * @param {string} path
 * @returns {Promise<WebSocketClient>}
 */
function openWebSocket(stream, address, path) {
  const key = crypto.randomBytes(16).toString('base64');
  const proof = crypto
    .createHash('sha1')
    .update(key + PROOF)
    .digest('base64');
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13' };
  return new Promise((resolve, reject) => {
    const asked = request(stream, address, path, headers);
    asked.once('error', reject);
    asked.once('response', (response) => {
      stream.destroy();
      reject(new Error(`the inspector refused the connection with status ${response.statusCode}`));
    });
    asked.once('upgrade', (response, socket, head) => {
      if (response.headers['sec-websocket-accept'] === proof) return resolve(new WebSocketClient(socket, head));
      socket.destroy();
      return reject(new Error('the inspector broke the WebSocket protocol'));
    });
    asked.end();
  });
}

module.exports = { getJson, openWebSocket };
