'use strict';
// Inspects another process through /proc: whether it handles the signal, and where it will write.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { directoryFromEnvironment, readOptions } = require('../../capture/environment.js');
const { attempt, hasProc, splitCommand } = require('./processes.js');

/** The thread that waits for the signal. The kernel stores 15 characters of a name. */
const TRIGGER_THREAD = 'heapdump-trigger'.slice(0, 15);

/** The addon in the list of mappings. */
const ADDON = /\/heapdump-rs\.[^/\n]*\.node(?: \(deleted\))?$/m;

/** Returns whether the addon of the process waits for a signal. */
function hasTrigger(pid) {
  const tasks = attempt(() => fs.readdirSync(`/proc/${pid}/task`)) ?? [];
  return tasks.some((task) => attempt(() => fs.readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8'))?.trim() === TRIGGER_THREAD);
}

/** Returns whether the process has loaded the addon; `undefined` if that cannot be seen. */
function hasAddon(pid) {
  const maps = attempt(() => fs.readFileSync(`/proc/${pid}/maps`, 'utf8'));
  if (maps && ADDON.test(maps)) return true;
  // A bundler may have renamed the file. Names of threads are readable by every user, mappings are not.
  if (hasTrigger(pid)) return true;
  // The kernel shows an empty list of mappings without the permission to read it.
  return maps ? false : undefined;
}

/**
 * Returns how the process handles a signal.
 * @returns {'caught'|'ignored'|'default'|undefined} `undefined` if that cannot be seen
 */
function disposition(pid, signal) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  const mask = (name) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  if (!status) return undefined;
  const bit = 1n << BigInt(os.constants.signals[signal] - 1);
  if (mask('SigCgt') & bit) return 'caught';
  return mask('SigIgn') & bit ? 'ignored' : 'default';
}

/** Returns the pid of the process in its own pid namespace. In a container it differs from `pid`. */
function pidInside(pid) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? pid);
}

/** Returns RSS in a file of a process, in bytes; `undefined` if that cannot be known. */
function rssIn(pid, name) {
  const text = attempt(() => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8')) ?? '';
  const [, kilobytes] = /^(?:Rss|VmRSS):\s*(\d+) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Returns RSS of a process in bytes, by a counter that lags behind by megabytes on machines with many cores. */
function roughRssOf(pid) {
  return rssIn(pid, 'status');
}

/** Returns RSS of a process in bytes; `undefined` if that cannot be known. The kernel counts, which takes milliseconds. */
function rssOf(pid) {
  return rssIn(pid, 'smaps_rollup') ?? roughRssOf(pid);
}

/** Returns the environment that the process was started with; `undefined` without the permission to read it. */
function environment(pid) {
  const text = attempt(() => fs.readFileSync(`/proc/${pid}/environ`, 'utf8'));
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text
      .split('\0')
      .filter(Boolean)
      .map((entry) => {
        const equals = entry.indexOf('=', 1);
        return [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
  );
}

/** Returns the name of the signal in the environment of the process; `undefined` for none. */
function configuredSignal(pid) {
  return readOptions(environment(pid)?.NODE_HEAPDUMP_OPTIONS ?? '').signal;
}

const link = (name) => attempt(() => fs.readlinkSync(name));
const sharesMounts = (pid) => link(`/proc/${pid}/ns/mnt`) === link('/proc/self/ns/mnt');
const inside = (pid, file) => path.join(`/proc/${pid}/root`, file);

/** Converts a path of a process, as the kernel shows it, to one of this process. */
function fromKernel(pid, file) {
  // Within one mount namespace the kernel shows the path as this process sees it, even below a chroot.
  return file === undefined || sharesMounts(pid) ? file : inside(pid, file);
}

/** Converts a path, as the process itself uses it, to one of this process. */
function fromProcess(pid, file) {
  return sharesMounts(pid) && link(`/proc/${pid}/root`) === link('/proc/self/root') ? file : inside(pid, file);
}

function workingDirectory(pid) {
  return fromKernel(pid, link(`/proc/${pid}/cwd`));
}

/**
 * Returns the directory of a dump by signal, as in the environment and the command line of the process. A program can choose
 * another one with `install({ dir })`.
 * @param {import('./processes.js').Process} target
 * @returns {string|undefined}
 */
function dumpDirectory({ pid, args }) {
  if (!hasProc) return undefined;
  const cwd = workingDirectory(pid);
  const configured = directoryFromEnvironment(environment(pid) ?? {}, splitCommand(args).execArgv);
  if (configured === undefined) return cwd;
  if (path.isAbsolute(configured)) return fromProcess(pid, configured);
  return cwd && path.join(cwd, configured);
}

/**
 * Returns the open files of the process whose names match.
 * @returns {Array<{file: string, inode: bigint}>} paths as seen from here
 */
function openFiles(pid, pattern) {
  const descriptors = attempt(() => fs.readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.flatMap((fd) => {
    const file = link(`/proc/${pid}/fd/${fd}`);
    if (file === undefined || !pattern.test(path.basename(file))) return [];
    const stats = attempt(() => fs.statSync(`/proc/${pid}/fd/${fd}`, { bigint: true }));
    return stats ? [{ file: fromKernel(pid, file), inode: stats.ino }] : [];
  });
}

module.exports = {
  configuredSignal,
  disposition,
  dumpDirectory,
  environment,
  fromProcess,
  hasAddon,
  hasTrigger,
  openFiles,
  pidInside,
  roughRssOf,
  rssOf,
  workingDirectory,
};
