'use strict';
// Options that `heapdump-rs dump` passes to a process. A signal carries no data. The command therefore writes them to a file in
// the directory of the dump, which the process removes at the next signal; or it sends them through a socket, together with the
// descriptor for the snapshot. `heapdump-rs profile` writes such a file, too: it names a socket to which the process connects.

const fs = require('node:fs');
const path = require('node:path');
const binding = require('../binding.js');
const { readOptions } = require('./environment.js');
const { REQUESTED } = require('./options.js');

/** Maximum size of a request. Larger files are not written by this package. */
const MAX_BYTES = 1000;

/** @param {number} pid in the pid namespace of the process */
function requestFile(directory, pid) {
  return path.join(directory, `.heapdump-rs.${pid}.request`);
}

/** Writes a request for the process `pid`, whose files belong to the user `uid`. */
function leaveRequest(directory, pid, request, uid) {
  const file = requestFile(directory, pid);
  const isTheirs = uid !== undefined && uid !== process.getuid?.();
  // The first dump creates the directory otherwise.
  const made = fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made && isTheirs) for (const one of [made, directory]) fs.chownSync(one, uid, -1);
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, JSON.stringify(request), { flag: 'wx', mode: 0o600 });
  if (isTheirs) fs.chownSync(file, uid, -1);
}

/** Returns the value of an option in a request. An unknown value comes from a newer version; it counts as the strictest one. */
function known({ environment: { values }, request: { isReplaced = false, value: isText } }, value) {
  if (!values && isText) return typeof value === 'string' ? value : undefined;
  if (!values) return value === true;
  if (isReplaced) return values.includes(value) ? value : undefined;
  return value === undefined || values.includes(value) ? value : values.at(-1);
}

/** Returns the known options that `request` sets. */
function optionsOf(request) {
  const options = Object.entries(REQUESTED).map(([name, option]) => [name, known(option, request[name])]);
  return Object.fromEntries(options.filter(([, value]) => value !== undefined));
}

/** Returns whether a request may replace a setting. A heap image would write data to the disk that the process is set to redact. */
function isAllowed(name, asked, { redact = readOptions().redact }) {
  return !(name === 'mode' && asked.mode === 'image' && redact);
}

/** Returns the options that can be requested: for each, the stricter one of the setting and the request. */
function withRequest(settings, asked) {
  const environment = readOptions();
  return Object.fromEntries(
    Object.entries(REQUESTED).map(([name, option]) => {
      const { values } = option.environment;
      const set = settings[name] ?? environment[name];
      if (option.request.isReplaced) return [name, isAllowed(name, asked, settings) ? (asked[name] ?? set) : set];
      const isStricter = values ? values.indexOf(asked[name]) > values.indexOf(set) : !set;
      return [name, isStricter ? (asked[name] ?? set) : set];
    }),
  );
}

/**
 * Reads and removes the request for this process. Files of other users than this one and root are ignored, because all users may
 * be able to write to the directory.
 *
 * @returns {{options: object, socket?: string}} `socket`: the command does not want a dump, but the agent to connect to it
 */
function takeRequest(directory) {
  const file = requestFile(directory, process.pid);
  // The usual case, checked without an exception. In an interrupt not even a caught exception may be thrown: V8 (Node 26) then
  // ends the process if WebAssembly runs on a stack of its own (JSPI).
  const none = { options: optionsOf({}) };
  if (!fs.existsSync(file)) return none;
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    const stats = fs.fstatSync(fd);
    const isTrusted = stats.isFile() && stats.size <= MAX_BYTES && [0, process.geteuid?.() ?? stats.uid].includes(stats.uid);
    if (!isTrusted) return none;
    const request = JSON.parse(fs.readFileSync(fd, 'utf8'));
    const socket = typeof request.socket === 'string' ? request.socket : undefined;
    // The agent is that of the main thread.
    if (socket !== undefined && !binding.isMainThread()) return none;
    fs.unlinkSync(file);
    return { options: optionsOf(request), ...(socket !== undefined && { socket }) };
  } catch {
    return none;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Takes the request of a process that sent the signal and receives the snapshot through a descriptor.
 *
 * @returns {{id: number, compress?: string, options: object}|undefined} `id` identifies the request in native code
 */
function takeHandover() {
  // One descriptor takes one snapshot: that of the main thread.
  const taken = binding.isMainThread() ? binding.takeHandover?.() : undefined;
  if (!taken) return undefined;
  try {
    const { compress, ...request } = JSON.parse(taken.text);
    return { id: taken.id, compress: ['gzip', 'zstd'].includes(compress) && compress, options: optionsOf(request) };
  } catch {
    return { id: taken.id, compress: false, options: optionsOf({}) };
  }
}

module.exports = { leaveRequest, requestFile, takeHandover, takeRequest, withRequest };
