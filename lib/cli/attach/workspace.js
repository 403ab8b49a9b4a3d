'use strict';
// Creates a private directory that this process and another one can reach, and copies the package into it.

const fs = require('node:fs');
const path = require('node:path');
const { libc } = require('../../libc.js');
const { removeAtExit } = require('../kit/files.js');
const { environment, fromProcess } = require('../target/inspect.js');
const { attempt } = require('../target/processes.js');
const { modulesOf } = require('./modules.js');

const ROOT = path.resolve(__dirname, '../../..');

/** Maximum length of the path of a socket, without the file name. */
const MAX_PATH_BYTES = 90;

/** The agent, and the program of the fork self-test, which the agent starts by its path. */
const ENTRIES = ['agent.js', 'fork-probe.js'].map((name) => path.join(ROOT, 'lib/capture', name));

/** Returns the user and the group of the files that a process creates. */
function ownerOf(pid) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  const last = (name) => Number(new RegExp(`^${name}:(?:\\s+(\\d+)){4}$`, 'm').exec(status)?.[1] ?? -1);
  return { uid: last('Uid'), gid: last('Gid') };
}

/** Returns whether a path below the root of a process contains a symbolic link. This process would follow it from its own root. */
function hasLink(base, relative) {
  let at = base;
  return relative.split('/').some((part) => {
    at = path.join(at, part);
    return attempt(() => fs.lstatSync(at).isSymbolicLink()) ?? true;
  });
}

/** Returns directories that both processes may be able to write to, as the other process names them. */
function candidates(pid) {
  const theirs = environment(pid)?.TMPDIR;
  return [...(theirs && path.isAbsolute(theirs) ? [theirs] : []), '/tmp', '/var/tmp', '/dev/shm'];
}

class Workspace {
  /** Path of the directory in this process. */
  here;
  /** Path of the same directory in the other process. */
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

  /** Makes the user of the other process the owner of a file. */
  give(file) {
    const { uid, gid } = this.#owner;
    if (uid >= 0 && uid !== process.geteuid()) fs.chownSync(file, uid, gid);
  }

  /** Copies the files of this package that the agent needs. Returns the path of the folder in the other process. */
  copyPackage(pid) {
    const folder = path.join(this.here, 'package');
    for (const file of modulesOf(ENTRIES)) fs.cpSync(file, path.join(folder, path.relative(ROOT, file)));
    const addon = addonFor(pid);
    fs.copyFileSync(addon, path.join(folder, path.basename(addon)));
    for (const name of fs.readdirSync(folder, { recursive: true })) this.give(path.join(folder, name));
    this.give(folder);
    return path.join(this.there, 'package');
  }
}

/** Returns the file of the addon for the C library of a process. */
function addonFor(pid) {
  const flavour = libc(`/proc/${pid}/exe`) === 'musl' ? 'musl' : 'gnu';
  const triple = `${process.platform}-${process.arch}-${flavour}`;
  const name = `heapdump-rs.${triple}.node`;
  const built = path.join(ROOT, name);
  return fs.existsSync(built) ? built : require.resolve(`heapdump-rs-${triple}/${name}`);
}

/**
 * Creates a private directory that a process can reach.
 * @returns {Workspace|undefined} `undefined` if there is no directory that both processes can write to
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
