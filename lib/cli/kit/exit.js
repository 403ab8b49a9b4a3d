'use strict';
// Exit codes, and the errors that they stand for.

const EXIT = { ok: 0, found: 1, usage: 2, input: 3, other: 4 };

/** The command line is wrong. */
class UsageError extends Error {}

/** Returns the result of `action`. Its error is one of the command line. */
function asUsage(action) {
  try {
    return action();
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** Codes of errors of the given file or object. */
const INPUT_CODES = new Set([
  'ERR_HEAPDUMP_PARSE',
  'ERR_HEAPDUMP_IMAGE',
  'ERR_HEAPDUMP_BAD_IMAGE',
  'ERR_HEAPDUMP_ENCRYPTED',
  'ERR_HEAPDUMP_IDENTITY',
  'ERR_HEAPDUMP_TRUNCATED',
  'ERR_HEAPDUMP_UNSUPPORTED',
  'ERR_HEAPDUMP_INCONSISTENT',
  'ERR_HEAPDUMP_LIMIT',
  'ERR_HEAPDUMP_NODE_NOT_FOUND',
  'ERR_HEAPDUMP_DIFFERENT_PROCESS',
]);

/**
 * Returns the text to print about an error, and the exit code.
 * @param {Error} error
 * @returns {{text: string, code: number}} an empty text for the silent end of a broken pipe
 */
function explain(error) {
  if (error instanceof UsageError) return { text: error.message, code: EXIT.usage };
  if (error.code === 'EPIPE') return { text: '', code: EXIT.ok };
  if (INPUT_CODES.has(error.code)) {
    const where = error.path && !error.message.includes(error.path) ? `${error.path}: ` : '';
    return { text: `${where}${error.message} (${error.code})`, code: EXIT.input };
  }
  if (error.syscall) return { text: error.message, code: EXIT.input };
  return { text: error.code ? `${error.message} (${error.code})` : error.stack, code: EXIT.other };
}

module.exports = { EXIT, UsageError, asUsage, explain };
