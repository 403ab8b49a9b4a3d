'use strict';
// Writes a small file beside a dump: complete under its name, or not at all. Only its owner can read it.

const fs = require('node:fs');
const path = require('node:path');
const { threadId } = require('node:worker_threads');

/** Returns a new name in the directory of `file`. */
function temporaryName(file) {
  const unique = `${process.pid}.${threadId}.${process.hrtime.bigint().toString(36)}`;
  return path.join(path.dirname(file), `.heapdump-rs.${unique}${path.extname(file)}`);
}

/**
 * Writes a file.
 *
 * @param {string} file
 * @param {string} text
 * @param {{mustExist?: boolean}} [how] `mustExist`: fails if the file was removed meanwhile
 */
async function writeWhole(file, text, { mustExist = false } = {}) {
  const temporary = temporaryName(file);
  try {
    await fs.promises.writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    if (mustExist) await fs.promises.access(file);
    await fs.promises.rename(temporary, file);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    throw error;
  }
}

/** The same, and blocks: for a process that is about to end. */
function writeWholeNow(file, text) {
  const temporary = temporaryName(file);
  try {
    fs.writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

module.exports = { writeWhole, writeWholeNow };
