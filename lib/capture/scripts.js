'use strict';
// The texts of the scripts that this thread runs: for questions about its own heap, where the disk does not have them, and
// for the file beside a dump.

const fs = require('node:fs');
const { eachScript } = require('./session.js');
const { scriptPath } = require('../script-path.js');

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
  const name = scriptPath(url);
  return name === '' || url.startsWith('node:') || isOnDisk(name, length) ? undefined : name;
}

/** Nothing where Node has no inspector, or a process may not use it. */
function texts() {
  const found = {};
  try {
    eachScript(nameOf, (name, text) => {
      found[name] = text;
    });
  } catch {
    // The others are of use, too.
  }
  return found;
}

/**
 * Hands over all living scripts but those of Node, each once. Throws where there is no inspector.
 *
 * @param {boolean} redact Names that carry data are left out or cut: `data:` addresses and queries.
 * @param {(name: string, text: string) => void} receive
 */
function livingScripts(redact, receive) {
  const seen = new Set();
  eachScript((script) => {
    const name = savedName(script, redact);
    // Modules that are loaded again and again have the same text.
    const key = `${script.hash} ${name}`;
    if (name === undefined || seen.has(key)) return undefined;
    seen.add(key);
    return name;
  }, receive);
}

function savedName({ url, scriptLanguage }, redact) {
  if (url === '' || url.startsWith('node:') || scriptLanguage === 'WebAssembly') return undefined;
  const name = scriptPath(url);
  if (!redact || name !== url) return name;
  return url.startsWith('data:') ? undefined : url.split(/[?#]/, 1)[0];
}

module.exports = { livingScripts, ofThisThread, textsFor };
