'use strict';
// The texts of the scripts that this thread runs, where the disk does not have them: for questions about its own heap.

const fs = require('node:fs');
const { fileURLToPath } = require('node:url');

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

/** Where a script is on the disk, or what it is called. */
function nameOf(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

/** Asks V8's debugger, which nothing but this function talks to meanwhile. */
function texts() {
  const found = {};
  let session;
  try {
    // Not every Node has one, and not every process may use it.
    const { Session } = require('node:inspector');
    session = new Session();
    session.connect();
    const scripts = [];
    session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params));
    session.post('Debugger.enable');
    for (const { scriptId, url, length } of scripts) {
      const name = nameOf(url);
      if (name === '' || url.startsWith('node:') || isOnDisk(name, length)) continue;
      session.post('Debugger.getScriptSource', { scriptId }, (error, result) => {
        if (!error) found[name] = result.scriptSource;
      });
    }
  } catch {
    return found;
  } finally {
    session?.disconnect();
  }
  return found;
}

module.exports = { ofThisThread, textsFor };
