'use strict';
// Restores heap images for commands that expect a snapshot, with a line of progress.

const fs = require('node:fs');
const path = require('node:path');
const { statusLine } = require('./status-line.js');
const { isImage } = require('../../capture/image-file.js');
const { snapshotName } = require('../../capture/names.js');
const { restore } = require('../../capture/restore.js');
const { imageError } = require('../../errors.js');
const { identityFor } = require('../../identity.js');
const { bytes } = require('../../text.js');

/** Restores an image, and shows the progress on a terminal. */
async function restoreWithProgress(file, options) {
  const show = (doing) => statusLine.show(`${path.basename(file)}: ${doing}`);
  show('restoring; V8 takes the snapshot');
  try {
    return await restore(file, { ...options, onProgress: (progress) => show(`writing the snapshot, ${bytes(progress.bytes)}`) });
  } finally {
    statusLine.clear();
  }
}

/** Returns whether `snapshot` was written after `image`. */
function isNewer(snapshot, image) {
  const [snapshotMs, imageMs] = [snapshot, image].map((file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs);
  return snapshotMs !== undefined && snapshotMs >= imageMs;
}

/**
 * Replaces the images among the arguments of a command by their snapshots. Images that were not restored before are restored if
 * `isRestoring` (`--restore`) is true, else it throws.
 */
async function withoutImages(positionals, isRestoring) {
  const replaced = [];
  for (const argument of positionals) {
    const snapshot = snapshotName(argument);
    if (!isImage(argument, identityFor())) replaced.push(argument);
    else if (!isRestoring) throw imageError(argument);
    else if (isNewer(snapshot, argument)) replaced.push(snapshot);
    else replaced.push((await restoreWithProgress(argument, { path: snapshot, overwrite: true })).path);
  }
  return replaced;
}

module.exports = { restoreWithProgress, withoutImages };
