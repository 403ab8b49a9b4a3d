'use strict';
// Formats numbers and names for people.

/**
 * Formats an integer with thousands separators.
 *
 * @param {number} value
 * @returns {string}
 */
function integer(value) {
  const digits = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 ? `\u2212${digits}` : digits;
}

/** Formats an integer with thousands separators and a sign. */
function signed(value) {
  return value > 0 ? `+${integer(value)}` : integer(value);
}

/** Formats a share of a whole in percent, rounded as in DevTools. */
function percent(part, whole) {
  return whole > 0 ? `${((part / whole) * 100).toFixed(0)} %` : '';
}

/** Formats a size in the largest unit in which it is at least 1. A kilobyte is 1000 bytes, as in DevTools. */
function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let rest = Math.abs(value);
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit === 0 ? String(rest) : rest.toFixed(rest < 100 ? 1 : 0);
  return `${value < 0 ? '\u2212' : ''}${digits} ${units[unit]}`;
}

/** Formats a distance, or a dash if the object is unreachable from the program's own roots. */
function distance(value) {
  return value === null ? '\u2212' : integer(value);
}

const ESCAPES = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };

/**
 * Makes text from a heap safe to print, because a string can contain terminal control sequences.
 *
 * @param {string} text
 * @returns {string} one line without control characters, direction marks or lone surrogates
 */
function printable(text) {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => ESCAPES[character] ?? `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Returns the approximate number of terminal columns of a printable text. */
function width(text) {
  // Fast path for the common case.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Shortens a text in the middle, where names differ least. */
function shorten(text, columns) {
  if (width(text) <= columns) return text;
  const characters = [...text];
  let head = '';
  let tail = '';
  let left = columns - 1;
  for (let i = 0, j = characters.length - 1; i <= j;) {
    const front = width(head) <= 2 * width(tail);
    const next = front ? characters[i++] : characters[j--];
    left -= width(next);
    if (left < 0) break;
    if (front) head += next;
    else tail = next + tail;
  }
  return `${head}\u2026${tail}`;
}

/** Breaks a text into lines of a width that people read. */
function wrap(text, indent, width = 100) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, indent + line];
}

module.exports = { integer, signed, percent, bytes, distance, printable, width, shorten, wrap };
