'use strict';
// Renders code frames as text, in the form in which compilers show errors.

const { printable, width } = require('./text.js');

/**
 * Returns the header of a file: its path and a position. Frames of one file follow each other, and the primary label may be in any
 * of them.
 */
function header(frames, at) {
  const { file } = frames[at].location;
  const same = frames.slice(at).filter((frame) => frame.location.file === file);
  const main = same.find(({ labels }) => labels.some(({ isPrimary }) => isPrimary)) ?? same[0];
  return `${file}:${main.location.line}:${main.location.column}`;
}

/** Returns the row of markers below a line. */
function markers(text, { column, length, text: meaning, isPrimary }, paint) {
  const before = ' '.repeat(width(text.slice(0, column - 1)));
  const below = (isPrimary ? '^' : '-').repeat(Math.max(1, width(text.slice(column - 1, column - 1 + length))));
  return before + paint(isPrimary ? 'red' : 'bold', `${below} ${printable(meaning)}`);
}

/**
 * Renders the frames of a finding.
 * @param {object[]} frames
 * @param {string} indent
 * @param {(style: string, text: string) => string} [paint] how a terminal shows `red`, `bold` and `dim`
 * @returns {string[]} lines
 */
function renderFrames(frames, indent, paint = (_, text) => text) {
  const digits = Math.max(0, ...frames.map(({ firstLine, lines }) => String(firstLine + lines.length - 1).length));
  const gutter = (number, text) => `${indent}${paint('dim', `${String(number).padStart(digits)} |`)}${text ? ` ${text}` : ''}`;
  const out = [];
  for (const [at, { location, firstLine, lines, labels }] of frames.entries()) {
    if (at > 0 && frames[at - 1].location.file === location.file) {
      out.push(`${indent}${paint('dim', '...')}`);
    } else {
      const arrow = at === 0 ? '-->' : ':::';
      out.push(`${indent}${' '.repeat(digits)}${paint('dim', arrow)} ${printable(header(frames, at))}`, gutter('', ''));
    }
    for (const [offset, line] of lines.entries()) {
      const text = printable(line);
      out.push(gutter(firstLine + offset, text));
      for (const label of labels) {
        if (label.line === firstLine + offset) out.push(gutter('', markers(text, label, paint)));
      }
    }
  }
  if (frames.length > 0) out.push(gutter('', ''));
  return out;
}

module.exports = { renderFrames };
