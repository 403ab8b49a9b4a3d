'use strict';
// Encodes and decodes frames of the WebSocket protocol (RFC 6455) for a client of Node's inspector: no extensions, only text.

const crypto = require('node:crypto');

const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** Maximum size of a message. An inspector sends no longer ones. */
const MAX_MESSAGE_BYTES = 1 << 29;

/**
 * Encodes one complete message of a client. The protocol requires it to be masked.
 * @param {number} opcode
 * @param {Buffer} payload
 * @returns {Buffer}
 */
function encodeFrame(opcode, payload) {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const frame = Buffer.alloc(2 + extended + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = crypto.randomBytes(4);
  const start = 2 + extended + 4;
  mask.copy(frame, start - 4);
  for (let i = 0; i < length; i++) frame[start + i] = payload[i] ^ mask[i & 3];
  return frame;
}

/** Decodes the frames of a server from a stream of bytes, and joins the parts of messages. */
class FrameDecoder {
  #chunks = [];
  #buffered = 0;
  #parts = [];
  #partsOpcode;
  #partsBytes = 0;

  /**
   * @param {Buffer} chunk
   * @returns {Array<{opcode: number, payload: Buffer}>} the messages that the chunk completes
   * @throws {Error} if the bytes violate the protocol
   */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const messages = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      const message = this.#join(frame);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  /** Returns the first `length` bytes without removing them; `undefined` if there are fewer. */
  #peek(length) {
    if (this.#buffered < length) return undefined;
    // Chunks are joined only when a frame may be complete, because one message arrives in many chunks.
    if (this.#chunks[0].length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0].subarray(0, length);
  }

  #take(length) {
    const bytes = this.#peek(length);
    const rest = this.#chunks[0].subarray(length);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#buffered -= length;
    return bytes;
  }

  #next() {
    let head = this.#peek(2);
    if (head === undefined) return undefined;
    if (head[0] & 0x70 || head[1] & 0x80) throw new Error('the inspector broke the WebSocket protocol');
    const short = head[1] & 0x7f;
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    head = this.#peek(2 + extended);
    if (head === undefined) return undefined;
    const length = extended === 0 ? short : extended === 2 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    if (length > MAX_MESSAGE_BYTES) throw new Error(`the inspector sent a message of ${length} bytes`);
    if (this.#buffered < 2 + extended + length) return undefined;
    const frame = this.#take(2 + extended + length);
    return { isLast: (frame[0] & 0x80) !== 0, opcode: frame[0] & 0x0f, payload: frame.subarray(2 + extended) };
  }

  #join({ isLast, opcode, payload }) {
    // Control frames may arrive between the parts of a message.
    if (opcode >= OPCODES.close) return { opcode, payload };
    if ((opcode === OPCODES.continuation) !== (this.#partsOpcode !== undefined))
      throw new Error('the inspector broke the WebSocket protocol');
    this.#partsOpcode ??= opcode;
    this.#partsBytes += payload.length;
    if (this.#partsBytes > MAX_MESSAGE_BYTES) throw new Error(`the inspector sent a message of ${this.#partsBytes} bytes`);
    this.#parts.push(payload);
    if (!isLast) return undefined;
    const message = { opcode: this.#partsOpcode, payload: this.#parts.length === 1 ? payload : Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#partsOpcode = undefined;
    this.#partsBytes = 0;
    return message;
  }
}

module.exports = { FrameDecoder, OPCODES, encodeFrame };
