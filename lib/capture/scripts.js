'use strict';
// Reads the texts of the scripts that this thread runs: for queries about its own heap if the scripts are not on the disk, and
// for the file beside a dump.

const fs = require('node:fs');
const { eachScript } = require('./session.js');
const { scriptPath } = require('../script-path.js');

/** Native snapshots of the heap of this thread. */
const own = new WeakSet();

/** Notes that a native snapshot is of the heap of this thread, and returns it. */
function ofThisThread(native) {
  own.add(native);
  return native;
}

/** Returns the option `texts` for native queries about these snapshots, if one is of the heap of this thread. */
function textsFor(natives) {
  return natives.some((native) => own.has(native)) ? { texts: texts() } : {};
}

/** Returns whether the disk has a file of this length in UTF-16 units. A file with other characters than ASCII is longer. */
function isOnDisk(file, length) {
  try {
    return fs.statSync(file).size === length;
  } catch {
    return false;
  }
}

/** Returns the path or the name of a script; `undefined` if it belongs to Node, or if the disk has the same text. */
function nameOf({ url, length }) {
  const name = scriptPath(url);
  return name === '' || url.startsWith('node:') || isOnDisk(name, length) ? undefined : name;
}

/** Returns the texts by name; none if Node has no inspector, or if this process may not use it. */
function texts() {
  const found = {};
  try {
    eachScript(nameOf, (name, text) => {
      found[name] = text;
    });
  } catch {
    // The texts that were read before the error are useful.
  }
  return found;
}

/**
 * Passes each living script to `receive`, once, except those of Node. Throws if there is no inspector.
 *
 * @param {boolean} redact leaves out or cuts names that carry data: `data:` URLs and queries
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

/** Returns the name under which a script is saved; `undefined` if it is not saved. */
function savedName({ url, scriptLanguage }, redact) {
  if (url === '' || url.startsWith('node:') || scriptLanguage === 'WebAssembly') return undefined;
  const name = scriptPath(url);
  if (!redact || name !== url) return name;
  return url.startsWith('data:') ? undefined : url.split(/[?#]/, 1)[0];
}

module.exports = { livingScripts, ofThisThread, savedName, textsFor };
