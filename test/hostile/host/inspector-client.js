'use strict';
// A minimal client of the inspector's WebSocket, for Node versions without a client.

const crypto = require('node:crypto');
const http = require('node:http');

/** Text frames only, because the inspector sends nothing else. */
class InspectorClient {
  #socket;
  #unread = Buffer.alloc(0);
  #fragments = [];
  #ids = 0;
  #pending = new Map();
  #listeners = new Map();

  /** @param {string} url as printed by Node, `ws://127.0.0.1:1234/uuid` */
  static async connect(url) {
    const { hostname, port, pathname } = new URL(url);
    const request = http.get({
      hostname,
      port,
      path: pathname,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': 13,
        'Sec-WebSocket-Key': crypto.randomBytes(16).toString('base64'),
      },
    });
    const [socket, head] = await new Promise((resolve, reject) => {
      request.on('upgrade', (response, ...rest) => resolve(rest)).on('error', reject);
    });
    return new InspectorClient(socket, head);
  }

  constructor(socket, head) {
    this.#socket = socket;
    socket
      .on('data', (bytes) => this.#read(bytes))
      .on('error', () => {})
      .on('close', () => this.#closed());
    if (head.length) this.#read(head);
  }

  /** Calls a method, and resolves with its result. */
  post(method, params = {}) {
    const id = (this.#ids += 1);
    this.#send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, method });
    });
  }

  /** Calls `listener(params)` for each event of this name. */
  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  /** Resolves with the parameters of the next event of this name. */
  next(event) {
    return new Promise((resolve) => {
      this.on(event, resolve);
    });
  }

  close() {
    this.#socket.destroy();
  }

  #send(text) {
    const payload = Buffer.from(text);
    const header =
      payload.length < 126
        ? Buffer.from([0x81, 0x80 | payload.length])
        : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
    const mask = crypto.randomBytes(4);
    this.#socket.write(Buffer.concat([header, mask, payload.map((byte, i) => byte ^ mask[i % 4])]));
  }

  #read(bytes) {
    this.#unread = this.#unread.length ? Buffer.concat([this.#unread, bytes]) : bytes;
    for (let frame = this.#frame(); frame; frame = this.#frame()) {
      const { isFinal, opcode, payload } = frame;
      if (opcode > 2) continue;
      this.#fragments.push(payload);
      if (isFinal) this.#message(Buffer.concat(this.#fragments.splice(0)).toString('utf8'));
    }
  }

  /** Takes the next complete frame; `undefined` if there is none yet. */
  #frame() {
    const bytes = this.#unread;
    if (bytes.length < 2) return undefined;
    const short = bytes[1] & 127;
    const headerLength = { 126: 4, 127: 10 }[short] ?? 2;
    if (bytes.length < headerLength) return undefined;
    const length = { 126: () => bytes.readUInt16BE(2), 127: () => Number(bytes.readBigUInt64BE(2)) }[short]?.() ?? short;
    if (bytes.length < headerLength + length) return undefined;
    this.#unread = bytes.subarray(headerLength + length);
    return {
      isFinal: (bytes[0] & 0x80) !== 0,
      opcode: bytes[0] & 15,
      payload: bytes.subarray(headerLength, headerLength + length),
    };
  }

  #message(text) {
    const { id, method, params, result, error } = JSON.parse(text);
    if (id === undefined) {
      for (const listener of this.#listeners.get(method) ?? []) listener(params);
      return;
    }
    const { resolve, reject, method: asked } = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) reject(new Error(`${asked}: ${error.message}`));
    else resolve(result);
  }

  #closed() {
    for (const { reject, method } of this.#pending.values()) reject(new Error(`${method}: the connection was closed`));
    this.#pending.clear();
  }
}

module.exports = { InspectorClient };
