'use strict';
// Formats the message of the assertion. The wording is stable.

const { renderFrames } = require('../code-frame.js');
const { withoutDominators } = require('./ignore.js');

/** Maximum number of steps of a path, and of parts, in the message. The error contains all of them. */
const MAX_STEPS = 12;
const MAX_PARTS = 5;

/** Maximum length of an object's name. The name of a string is its text. */
const MAX_CHARACTERS = 60;

/** Columns of a paragraph. */
const WIDTH = 100;

/** Returns the error for `leaks`, which must not be empty. */
function leakError(leaks) {
  const error = new Error([headline(leaks), ...bodyOf(leaks)].join('\n'));
  // Not an AssertionError: runners would show its expected and actual values, which do not exist here.
  error.name = 'LeakError';
  error.code = 'ERR_HEAPDUMP_LEAK';
  error.leaks = leaks.map(withoutDominators);
  return error;
}

function headline(leaks) {
  const [{ constructor }] = leaks;
  return leaks.length === 1 ? `1 leak: ${short(constructor)}` : `${leaks.length} leaks, the largest: ${short(constructor)}`;
}

/** Returns the lines on each finding, followed by those on the leaks that it explains. */
function* bodyOf(leaks) {
  const findings = new Set(leaks.map(({ finding }) => finding));
  for (const finding of findings) {
    if (finding !== undefined) yield* linesOfFinding(finding);
    for (const leak of leaks) {
      if (leak.finding === finding) yield* linesOf(leak);
    }
  }
}

function* linesOfFinding({ title, sentence, fix, culprit: { location }, frames }) {
  yield '';
  yield `  ${title}`;
  if (frames.length === 0 && location) yield `    --> ${location.file}:${location.line}:${location.column}`;
  yield* renderFrames(frames, '    ');
  yield* paragraph(sentence, '    ');
  yield* paragraph(`fix: ${fix}`, '    ');
}

/** Breaks a text into lines. */
function paragraph(text, indent) {
  const lines = [indent];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === indent) lines[lines.length - 1] += word;
    else if (line.length + 1 + word.length > WIDTH) lines.push(indent + word);
    else lines[lines.length - 1] += ` ${word}`;
  }
  return lines;
}

function* linesOf(leak) {
  const { constructor, counts, iterations, owner, example, path, parts, finding } = leak;
  yield '';
  yield `  ${short(constructor)} grows by ${growthOf(leak)} per iteration`;
  if (leak.countPerIteration > 0) yield `    stayed: ${list(counts)} after ${list(iterations)} iterations`;
  yield `    owner: ${label(owner)}`;
  yield '    path:';
  yield `      ${label(example)}`;
  for (const step of path.slice(0, MAX_STEPS)) yield `      ← ${short(step.edge)} of ${label(step)}`;
  if (path.length === 0) yield* pathOf(finding);
  if (path.length > MAX_STEPS) yield `      ← … ${path.length - MAX_STEPS} more`;
  if (parts.length > 0) {
    const shown = parts.slice(0, MAX_PARTS).map((part) => `${short(part.constructor)} +${number(part.countPerIteration)}`);
    yield `    with it: ${shown.join(', ')}${parts.length > MAX_PARTS ? ', …' : ''}`;
  }
}

/** Returns the path of a finding, which also leads through promises and internals of Node. */
function* pathOf(finding) {
  if (finding === undefined) yield '      ← (no path: the stack or native code refers to it)';
  else for (const { edge, what } of [...finding.path].reverse().slice(0, MAX_STEPS)) yield `      ← ${short(edge)}: ${short(what)}`;
}

/** Returns one line about a collection that is still filling. */
function fillingLine(leak) {
  const { finding, constructor } = leak;
  const { location } = finding.culprit;
  const place = location ? ` (${location.file}:${location.line}:${location.column})` : '';
  const { collection, name } = finding.messages.title.args;
  return (
    `${collection} \`${name}\`${place} is still filling: it gained ${growthOf(leak)} of ${short(constructor)} per iteration, ` +
    'but it has a bound, or its growth slows down'
  );
}

function growthOf({ countPerIteration: count, bytesPerIteration: bytes }) {
  const size = `${number(Math.round(bytes))} bytes`;
  if (count <= 0) return size;
  return `${number(count)} ${count === 1 ? 'object' : 'objects'} (${size})`;
}

/** Returns a label for an object. */
function label({ name, type, id }) {
  const text = short(name);
  if (type === 'closure') return `function ${text || '(anonymous)'} @${id}`;
  if (type === 'string' || type === 'concatenated string' || type === 'sliced string') return `"${text}" @${id}`;
  return `${text || `(${type})`} @${id}`;
}

function short(text) {
  const line = String(text).replace(/[\s\x00-\x1f\x7f]+/g, ' ');
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
}

/** Formats a number with two decimals at most, without thousands separators, equally in every locale. */
function number(value) {
  return String(Math.round(value * 100) / 100);
}

function list(values) {
  return values
    .map(number)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1');
}

module.exports = { fillingLine, leakError };
