'use strict';
// Opens snapshots, with a line of progress for people who wait at a terminal.

const fs = require('node:fs');
const path = require('node:path');
const { NativeSnapshot } = require('../../binding.js');

/** Smaller files are there before anybody could read the line. */
const LARGE = 50e6;

function isLarge(file) {
  try {
    return fs.statSync(file).size >= LARGE;
  } catch {
    return false; // opening it will say why
  }
}

function describe(file, { stage, done, total }) {
  const share = total > 0 ? ` ${Math.floor(done / total * 100)} %` : '';
  return `${path.basename(file)}: ${stage}${share}`;
}

async function openWithProgress(file) {
  const { follow } = require('../../analysis/work.js');
  const clear = '\r\u001b[K';
  const onProgress = (progress) => process.stderr.write(clear + describe(file, progress));
  try {
    return await follow({ onProgress }, (control) => NativeSnapshot.open(file, control));
  } finally {
    process.stderr.write(clear);
  }
}

/**
 * Opens and analyses a snapshot.
 * @param {string} file
 * @returns {Promise<NativeSnapshot>}
 */
async function open(file) {
  if (process.stderr.isTTY && isLarge(file)) return openWithProgress(file);
  // This process has nothing else to do, and a thread to hand over to would only cost time.
  return NativeSnapshot.openSync(file);
}

module.exports = { open };
