'use strict';
// Recognises heap images and encrypted files.

const fs = require('node:fs');
const binding = require('../binding.js');
const { fromFailure } = require('../errors.js');

/** The first bytes of every image, as in `crates/image/src/header.rs`. */
const MAGIC = Buffer.from('HEAPIMG\x1a', 'latin1');

/** The first line of every encrypted file, as in `crates/encryption/src/lib.rs`. */
const ENCRYPTED = Buffer.from('age-encryption.org/v1\n', 'latin1');

/** Returns whether `file` starts with these bytes; `false` if it cannot be read. */
function startsWith(file, bytes) {
  let fd;
  try {
    // Reading from a pipe would consume its data.
    if (!fs.statSync(file).isFile()) return false;
    fd = fs.openSync(file, 'r');
    const start = Buffer.alloc(bytes.length);
    return fs.readSync(fd, start, 0, bytes.length, 0) === bytes.length && start.equals(bytes);
  } catch {
    return false;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Returns whether `file` is encrypted; `false` if it cannot be read. */
const isEncrypted = (file) => startsWith(file, ENCRYPTED);

/**
 * Returns whether `file` is a heap image; `false` if it cannot be read, or if it is encrypted and there is no `identity`. Throws if
 * the identity does not decrypt it.
 */
function isImage(file, identity) {
  if (identity === undefined || binding.isEncryptedImage === undefined || !isEncrypted(file)) return startsWith(file, MAGIC);
  const answer = binding.isEncryptedImage(file, identity);
  if (typeof answer !== 'boolean') throw fromFailure(answer);
  return answer;
}

module.exports = { isEncrypted, isImage };
