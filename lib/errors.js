'use strict';
// Error objects with stable codes.

const { getSystemErrorMap } = require('node:util');

/** Returns an error for a wrong argument, thrown before any native call. */
function argumentError(code, message) {
  const Base = code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError;
  return withFields(new Base(message), { code });
}

/**
 * Converts a native `Failure` into an `Error` in the form of `fs` errors:
 * `code`, and for system calls `errno` (negative), `syscall`, `path`.
 *
 * @param {object} failure
 * @param {AbortSignal} [signal] the signal that aborted the operation, if it was aborted
 */
function fromFailure(failure, signal) {
  if (failure.code === 'ABORT_ERR') return abortError(signal);
  if (!failure.errno) return withFields(new Error(failure.message), { code: failure.code });
  const errno = -failure.errno;
  const [name, text] = getSystemErrorMap().get(errno) ?? [`E${failure.errno}`, failure.message];
  const code = failure.code ?? name;
  const where = failure.path ? ` '${failure.path}'` : '';
  const error = new Error(`${code}: ${text}, ${failure.syscall}${where}`);
  return withFields(error, { errno, code, syscall: failure.syscall, path: failure.path });
}

/** Returns the error of an aborted operation, equal to Node's own. */
function abortError(signal) {
  const options = signal?.reason === undefined ? undefined : { cause: signal.reason };
  const error = new Error('The operation was aborted', options);
  error.name = 'AbortError';
  return withFields(error, { code: 'ABORT_ERR' });
}

/** Returns the error for a heap image in place of a snapshot. */
function imageError(file) {
  const message = `${file} is a heap image, not a snapshot: restore it first with \`heapdump-rs restore ${file}\`, or let the command do it with --restore`;
  return withFields(new Error(message), { code: 'ERR_HEAPDUMP_IMAGE', path: file });
}

/** Returns a plain object that can be sent between threads and converted back into an error. */
function toFailure(error) {
  const { code, errno, syscall, path, message } = error;
  return { code: code ?? 'ERR_HEAPDUMP_INTERNAL', errno: errno && -errno, syscall, path, message };
}

function withFields(error, fields) {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null) error[name] = value;
  }
  return error;
}

module.exports = { abortError, argumentError, fromFailure, imageError, toFailure };
