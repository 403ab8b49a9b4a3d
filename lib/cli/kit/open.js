'use strict';
// Opens snapshots, and shows the progress on a terminal.

const fs = require('node:fs');
const path = require('node:path');
const { statusLine } = require('./status-line.js');
const { open: openInBackground, openSync } = require('../../analysis/snapshot.js');

/** Smaller files are open before a reader could read the line of progress. */
const LARGE_FILE_BYTES = 50e6;

function isLarge(file) {
  try {
    return fs.statSync(file).size >= LARGE_FILE_BYTES;
  } catch {
    return false; // opening the file reports the error
  }
}

function describe(file, { stage, done, total }) {
  const share = total > 0 ? ` ${Math.floor((done / total) * 100)} %` : '';
  return `${path.basename(file)}: ${stage}${share}`;
}

async function openWithProgress(file) {
  try {
    return await openInBackground(file, { onProgress: (progress) => statusLine.show(describe(file, progress)) });
  } finally {
    statusLine.clear();
  }
}

/**
 * Opens and analyses a snapshot.
 * @param {string} file
 * @returns {Promise<import('../../analysis/snapshot.js').Snapshot>}
 */
async function open(file) {
  if (process.stderr.isTTY && isLarge(file)) return openWithProgress(file);
  // Synchronous: the command has nothing else to do, and another thread costs time.
  return openSync(file);
}

/** Opens several snapshots, one after the other: in parallel they only need more memory. */
async function openAll(files) {
  const snapshots = [];
  for (const file of files) snapshots.push(await open(file));
  return snapshots;
}

module.exports = { open, openAll };
