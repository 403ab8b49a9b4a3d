'use strict';
// Options that `heapdump-rs dump` gives to a process. A signal carries no data, so they are in a file in the directory of the
// dump, which the next signal removes; or they come with the descriptor that the snapshot goes to, through a socket on which
// the process listens that sent the signal.

const fs = require('node:fs');
const path = require('node:path');
const binding = require('../binding.js');
const { readOptions } = require('./environment.js');
const { REQUESTED } = require('./options.js');

/** Larger files are not from us. */
const MAX_BYTES = 1000;

/** @param {number} pid as the process knows itself */
function requestFile(directory, pid) {
  return path.join(directory, `.heapdump-rs.${pid}.request`);
}

/** Leaves a request for the process `pid`, whose files belong to the user `uid`. */
function leaveRequest(directory, pid, request, uid) {
  const file = requestFile(directory, pid);
  const isTheirs = uid !== undefined && uid !== process.getuid?.();
  // The first dump would make it.
  const made = fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made && isTheirs) for (const one of [made, directory]) fs.chownSync(one, uid, -1);
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, JSON.stringify(request), { flag: 'wx', mode: 0o600 });
  if (isTheirs) fs.chownSync(file, uid, -1);
}

/** The value of an option that a request has. One that is not known is from a newer version: rather too little in the file than too much. */
function known({ environment: { values }, request: { isReplaced = false } }, value) {
  if (!values) return value === true;
  if (isReplaced) return values.includes(value) ? value : undefined;
  return value === undefined || values.includes(value) ? value : values.at(-1);
}

/** Returns what `request` has of the options, without those that it does not set. */
function optionsOf(request) {
  const options = Object.entries(REQUESTED).map(([name, option]) => [name, known(option, request[name])]);
  return Object.fromEntries(options.filter(([, value]) => value !== undefined));
}

/** Whether a request may replace a setting. A heap image would put data on the disk that the process redacts by its own settings. */
function isAllowed(name, asked, { redact = readOptions().redact }) {
  return !(name === 'mode' && asked.mode === 'image' && redact);
}

/** Returns the options that can be requested, as the settings of the signal have them, or stricter where the request is. */
function withRequest(settings, asked) {
  const environment = readOptions();
  return Object.fromEntries(
    Object.entries(REQUESTED).map(([name, option]) => {
      const { values } = option.environment;
      const set = settings[name] ?? environment[name];
      if (option.request.isReplaced) return [name, isAllowed(name, asked, settings) ? (asked[name] ?? set) : set];
      const isStricter = values ? values.indexOf(asked[name]) > values.indexOf(set) : asked[name];
      return [name, isStricter ? asked[name] : set];
    }),
  );
}

/** Takes the request that was left for this process. In a directory that all users can write to, only one of this user or root counts. */
function takeRequest(directory) {
  const file = requestFile(directory, process.pid);
  // As nearly always. Nothing may be thrown in an interrupt, not even if it is caught: V8 (Node 26) then ends the process if
  // WebAssembly runs on a stack of its own (JSPI).
  if (!fs.existsSync(file)) return optionsOf({});
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    const stats = fs.fstatSync(fd);
    const isTrusted = stats.isFile() && stats.size <= MAX_BYTES && [0, process.geteuid?.() ?? stats.uid].includes(stats.uid);
    if (!isTrusted) return optionsOf({});
    fs.unlinkSync(file);
    return optionsOf(JSON.parse(fs.readFileSync(fd, 'utf8')));
  } catch {
    return optionsOf({});
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Takes the request of a process that sent the signal and waits for the snapshot itself.
 *
 * @returns {{id: number, compress?: string, options: object}|undefined} `id` names it to native code
 */
function takeHandover() {
  // For one snapshot there is one descriptor.
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
