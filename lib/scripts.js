'use strict';
// The texts of the scripts that this thread runs, where the disk does not have them: for questions about its own heap.

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const { scriptTexts } = require('./session.js');

/** Native snapshots of this thread. */
const own = new WeakSet();

/** Notes that a native snapshot is of this thread. */
function ofThisThread(native) {
  own.add(native);
  return native;
}

/** What to tell native code that is asked about these snapshots: nothing, unless one is of this thread. */
function textsFor(natives) {
  return natives.some((native) => own.has(native)) ? { texts: texts() } : {};
}

/** Whether the disk has a file of this length, in UTF-16 units; one that is not ASCII is longer there. */
function isOnDisk(file, length) {
  try {
    return fs.statSync(file).size === length;
  } catch {
    return false;
  }
}

/** Where a script is on the disk, or what it is called; nothing for one that is of Node, or on the disk as it is. */
function nameOf({ url, length }) {
  const name = pathOf(url);
  return name === '' || url.startsWith('node:') || isOnDisk(name, length) ? undefined : name;
}

function pathOf(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

/** Nothing where Node has no inspector, or a process may not use it. */
function texts() {
  try {
    return scriptTexts(nameOf);
  } catch {
    return {};
  }
}

module.exports = { ofThisThread, textsFor };
