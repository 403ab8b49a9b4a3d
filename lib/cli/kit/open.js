'use strict';
// Opens snapshots, with a line of progress for people who wait at a terminal.

const fs = require('node:fs');
const path = require('node:path');
const { NativeControl, NativeSnapshot } = require('../../binding.js');

/** Smaller files are there before anybody could read the line. */
const LARGE = 50e6;
const REDRAW_MS = 100;

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
  const control = new NativeControl();
  const clear = '\r\u001b[K';
  const timer = setInterval(() => process.stderr.write(clear + describe(file, control.progress())), REDRAW_MS);
  try {
    return await NativeSnapshot.open(file, control);
  } finally {
    clearInterval(timer);
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
