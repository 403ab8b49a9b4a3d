'use strict';
// Encodes a profile as pprof's `perftools.profiles.Profile`, a message of Protocol Buffers
// (github.com/google/pprof/blob/main/proto/profile.proto, which has the numbers of the fields).

const VARINT = 0;
const BYTES = 2;

/** A message that is being written. */
class Message {
  #parts = [];

  /** Adds a whole number. Zero is the default, and is left out. */
  number(field, value) {
    if (value !== 0) this.#parts.push(...varint(field * 8 + VARINT), ...varint(value));
    return this;
  }

  /** Adds a text, or another message. */
  bytes(field, value) {
    const content = typeof value === 'string' ? Buffer.from(value) : value.encoded();
    this.#parts.push(...varint(field * 8 + BYTES), ...varint(content.length));
    for (const byte of content) this.#parts.push(byte);
    return this;
  }

  /** Adds several whole numbers in one field. */
  numbers(field, values) {
    const content = values.flatMap((value) => varint(value));
    this.#parts.push(...varint(field * 8 + BYTES), ...varint(content.length));
    for (const byte of content) this.#parts.push(byte);
    return this;
  }

  encoded() {
    return Buffer.from(this.#parts);
  }
}

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** Assigns consecutive numbers to keys, starting with `first`. */
class Numbers {
  #known = new Map();
  #first;

  constructor(first) {
    this.#first = first;
  }

  /** Returns the number of `key`. Stores the `value` of the first call. */
  of(key, value = key) {
    let entry = this.#known.get(key);
    if (entry === undefined) {
      entry = { number: this.#first + this.#known.size, value };
      this.#known.set(key, entry);
    }
    return entry.number;
  }

  /** Yields `[number, value]` of each key, in order. */
  *[Symbol.iterator]() {
    for (const { number, value } of this.#known.values()) yield [number, value];
  }
}

/**
 * Returns the encoded profile, not compressed.
 *
 * @param {object} profile
 * @param {Array<[string, string]>} profile.types name and unit of each value of a sample; the last is shown first
 * @param {Array<{frames: object[], values: number[]}>} profile.samples `frames`: the allocating function first, each
 *   `{ function, file, line, column }` with 1-based positions or `null`
 * @param {number} profile.period units of `periodType` from one sample to the next
 * @param {[string, string]} profile.periodType
 * @param {number} profile.startedMs since 1970; 0 if it is not known
 * @param {number} profile.durationMs
 */
function encode({ types, samples, period, periodType, startedMs, durationMs }) {
  const texts = new Numbers(0);
  texts.of('');
  const locations = new Numbers(1);
  const valueType = ([name, unit]) => new Message().number(1, texts.of(name)).number(2, texts.of(unit));
  const out = new Message();
  for (const type of types) out.bytes(1, valueType(type));
  for (const { frames, values } of samples) {
    const ids = frames.map((frame) => locations.of(JSON.stringify(frame), frame));
    out.bytes(2, new Message().numbers(1, ids).numbers(2, values));
  }
  // Each location is a function: V8 reports where a function begins, not where in it the allocation is.
  for (const [id, frame] of locations) {
    const line = new Message()
      .number(1, id)
      .number(2, frame.line ?? 0)
      .number(3, frame.column ?? 0);
    out.bytes(4, new Message().number(1, id).bytes(4, line));
    const name = texts.of(frame.function || '(anonymous)');
    const file = texts.of(frame.file ?? '(native)');
    out.bytes(
      5,
      new Message()
        .number(1, id)
        .number(2, name)
        .number(3, name)
        .number(4, file)
        .number(5, frame.line ?? 0),
    );
  }
  out.number(9, startedMs * 1e6).number(10, durationMs * 1e6);
  out.bytes(11, valueType(periodType)).number(12, period);
  out.number(14, texts.of(types.at(-1)[0]));
  for (const [, text] of texts) out.bytes(6, text);
  return out.encoded();
}

module.exports = { encode };
