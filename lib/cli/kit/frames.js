'use strict';
// The functions of allocation stacks as text.

const { scriptPath } = require('../../script-path.js');
const { printable } = require('../../text.js');

const nameOf = (frame) => printable(frame.function || '(anonymous)');
const placeOf = ({ file, line, column }) => (file === null ? '(native)' : printable(`${scriptPath(file)}:${line}:${column}`));

/** Returns a function and its place; the name alone of a builtin of V8. */
const frameText = (frame) => (frame.file === null ? nameOf(frame) : `${nameOf(frame)} (${placeOf(frame)})`);

module.exports = { frameText, nameOf, placeOf };
