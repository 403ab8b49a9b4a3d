'use strict';
// Checks in the background whether the file system of a dump responds, before a call that would block JavaScript.

const fs = require('node:fs');
const path = require('node:path');
const { within } = require('./within.js');

/** Types of file systems that wait for a server or for another process without a timeout. */
const REMOTE = /^(nfs4?|cifs|smb3|9p|ceph|lustre|afs|virtiofs|fuse.*)$/;

const ANSWER_TIMEOUT_MS = 5000;

/** mount point -> pending check, so that a stalled file system is checked once */
const asked = new Map();

/**
 * Returns a promise that resolves when the file system of `directory` responds, and rejects with `ERR_HEAPDUMP_STALLED` after a
 * timeout. Returns `undefined` for a local file system, which needs no check.
 */
function whenAnswered(directory) {
  const mount = remoteMount(directory);
  return mount === undefined ? undefined : answer(mount);
}

function answer(mount) {
  if (!asked.has(mount)) {
    const forget = () => asked.delete(mount);
    // An error is a response, too. Opening the file will report it.
    asked.set(mount, fs.promises.statfs(mount).then(forget, forget));
  }
  return within(asked.get(mount), ANSWER_TIMEOUT_MS, () => stalled(mount));
}

function stalled(mount) {
  return Object.assign(new Error(`the file system of '${mount}' does not answer`), { code: 'ERR_HEAPDUMP_STALLED' });
}

/** Returns the mount point of `directory` if its file system is a remote one. */
function remoteMount(directory) {
  let found;
  for (const { point, type } of mounts()) {
    // A later mount hides earlier ones.
    const isInside = point === '/' || directory === point || directory.startsWith(`${point}${path.sep}`);
    if (isInside && (found === undefined || point.length >= found.point.length)) found = { point, type };
  }
  return found !== undefined && REMOTE.test(found.type) ? found.point : undefined;
}

/** Returns all mounts, oldest first; none without `/proc`. */
function mounts() {
  try {
    return fs
      .readFileSync('/proc/self/mountinfo', 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [before, after] = line.split(' - ');
        return { point: unescape(before.split(' ')[4]), type: after.split(' ')[0] };
      });
  } catch {
    return [];
  }
}

/** The kernel writes a space as `\040`. */
function unescape(text) {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

module.exports = { whenAnswered };
