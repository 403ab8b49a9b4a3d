'use strict';
// A private directory that this process and another one can reach, and the copy of the package in it.

const fs = require('node:fs');
const path = require('node:path');
const { libc } = require('../../libc.js');
const { removeAtExit } = require('../kit/files.js');
const { environment, fromProcess } = require('../target/inspect.js');
const { attempt } = require('../target/processes.js');
const { modulesOf } = require('./modules.js');

const ROOT = path.resolve(__dirname, '../../..');

/** Longest path of a socket, less the name in the directory. */
const MAX_PATH_BYTES = 90;

const AGENT = require.resolve('../../capture/agent.js');

/** The user and the group that a process creates files as. */
function ownerOf(pid) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  const last = (name) => Number(new RegExp(`^${name}:(?:\\s+(\\d+)){4}$`, 'm').exec(status)?.[1] ?? -1);
  return { uid: last('Uid'), gid: last('Gid') };
}

/** Whether a path below the root of a process leads through a symbolic link, which would be followed from our root. */
function hasLink(base, relative) {
  let at = base;
  return relative.split('/').some((part) => {
    at = path.join(at, part);
    return attempt(() => fs.lstatSync(at).isSymbolicLink()) ?? true;
  });
}

/** Directories that both may write to, as the process names them. */
function candidates(pid) {
  const theirs = environment(pid)?.TMPDIR;
  return [...(theirs && path.isAbsolute(theirs) ? [theirs] : []), '/tmp', '/var/tmp', '/dev/shm'];
}

class Workspace {
  /** The directory as this process names it. */
  here;
  /** The same directory as the other process names it. */
  there;
  /** Removes the directory. */
  remove;
  #owner;

  constructor(here, there, owner) {
    this.here = here;
    this.there = there;
    this.#owner = owner;
    this.remove = removeAtExit(here);
  }

  /** Gives a file to the user of the other process. */
  give(file) {
    const { uid, gid } = this.#owner;
    if (uid >= 0 && uid !== process.geteuid()) fs.chownSync(file, uid, gid);
  }

  /** Copies what the agent needs of this package, and returns the folder as the other process names it. */
  copyPackage(pid) {
    const folder = path.join(this.here, 'package');
    for (const file of modulesOf(AGENT)) fs.cpSync(file, path.join(folder, path.relative(ROOT, file)));
    const addon = addonFor(pid);
    fs.copyFileSync(addon, path.join(folder, path.basename(addon)));
    for (const name of fs.readdirSync(folder, { recursive: true })) this.give(path.join(folder, name));
    this.give(folder);
    return path.join(this.there, 'package');
  }
}

/** The addon for the C library of a process. */
function addonFor(pid) {
  const flavour = libc(`/proc/${pid}/exe`) === 'musl' ? 'musl' : 'gnu';
  const triple = `${process.platform}-${process.arch}-${flavour}`;
  const name = `heapdump-rs.${triple}.node`;
  const built = path.join(ROOT, name);
  return fs.existsSync(built) ? built : require.resolve(`heapdump-rs-${triple}/${name}`);
}

/**
 * Makes a private directory that a process can reach.
 * @returns {Workspace|undefined} `undefined` if there is no directory that both can write to
 */
function makeWorkspace(pid) {
  const owner = ownerOf(pid);
  for (const parent of candidates(pid)) {
    const seen = fromProcess(pid, parent);
    if (Buffer.byteLength(seen) > MAX_PATH_BYTES - 20) continue;
    if (seen !== parent && hasLink(`/proc/${pid}/root`, parent.slice(1))) continue;
    const here = attempt(() => fs.mkdtempSync(path.join(seen, 'heapdump-rs-')));
    if (here === undefined) continue;
    const workspace = new Workspace(here, path.join(parent, path.basename(here)), owner);
    workspace.give(here);
    return workspace;
  }
  return undefined;
}

module.exports = { ROOT, makeWorkspace };
