'use strict';
// What can be seen of another process from outside: whether it listens, and where it will write.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { directoryFromEnvironment, readOptions } = require('../../capture/environment.js');
const { attempt, hasProc, splitCommand } = require('./processes.js');

/** The thread that waits for the signal; the kernel keeps 15 characters of a name. */
const TRIGGER_THREAD = 'heapdump-trigger'.slice(0, 15);

/** The addon, mapped as any library is. */
const ADDON = /\/heapdump-rs\.[^/\n]*\.node(?: \(deleted\))?$/m;

/** Whether the addon waits for a signal there. */
function hasTrigger(pid) {
  const tasks = attempt(() => fs.readdirSync(`/proc/${pid}/task`)) ?? [];
  return tasks.some((task) => attempt(() => fs.readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8'))?.trim() === TRIGGER_THREAD);
}

/** Whether the addon is loaded there; `undefined` if that cannot be known. */
function hasAddon(pid) {
  const maps = attempt(() => fs.readFileSync(`/proc/${pid}/maps`, 'utf8'));
  if (maps && ADDON.test(maps)) return true;
  // A bundler may have renamed the file. The names of threads are for everybody to see, the files are not.
  if (hasTrigger(pid)) return true;
  // The kernel shows an empty list of a process that it does not let us look into.
  return maps ? false : undefined;
}

/**
 * What the process does when a signal comes.
 * @returns {'caught'|'ignored'|'default'|undefined} `undefined` if that cannot be known
 */
function disposition(pid, signal) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  const mask = (name) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  if (!status) return undefined;
  const bit = 1n << BigInt(os.constants.signals[signal] - 1);
  if (mask('SigCgt') & bit) return 'caught';
  return mask('SigIgn') & bit ? 'ignored' : 'default';
}

/** The pid by which the process knows itself: another one in a container. */
function pidInside(pid) {
  const status = attempt(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? pid);
}

/**
 * Returns RSS of a process in bytes; `undefined` if that cannot be known. The counters in `status` and `statm` lag behind by
 * megabytes on machines with many cores; `smaps_rollup` counts.
 */
function rssOf(pid) {
  const read = (name) => attempt(() => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8'));
  const [, kilobytes] = /^(?:Rss|VmRSS):\s*(\d+) kB$/m.exec(read('smaps_rollup') || read('status') || '') ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** The environment that the process was started with; `undefined` if it is not ours to see. */
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

/** The signal that the environment of the process asks for: a name, or `undefined` for none. */
function configuredSignal(pid) {
  return readOptions(environment(pid)?.NODE_HEAPDUMP_OPTIONS ?? '').signal;
}

const link = (name) => attempt(() => fs.readlinkSync(name));
const sharesMounts = (pid) => link(`/proc/${pid}/ns/mnt`) === link('/proc/self/ns/mnt');
const inside = (pid, file) => path.join(`/proc/${pid}/root`, file);

/** Turns a path that the kernel tells of a process into one that works here. */
function fromKernel(pid, file) {
  // Within one mount namespace the kernel tells it as we see it, also below a chroot.
  return file === undefined || sharesMounts(pid) ? file : inside(pid, file);
}

/** Turns a path as the process itself would use it into one that works here. */
function fromProcess(pid, file) {
  return sharesMounts(pid) && link(`/proc/${pid}/root`) === link('/proc/self/root') ? file : inside(pid, file);
}

function workingDirectory(pid) {
  return fromKernel(pid, link(`/proc/${pid}/cwd`));
}

/**
 * The directory that a dump by signal will go to, as far as the environment and the
 * command line tell; a program can decide otherwise with `install({ dir })`.
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
 * Files that the process has open and whose names match.
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
  rssOf,
  workingDirectory,
};
