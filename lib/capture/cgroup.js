'use strict';
// Reads the memory of the container: the memory cgroups of this process, of version 2 and 1, and their limits.

const fs = require('node:fs');
const path = require('node:path');

const V2 = {
  mounts: ['sys/fs/cgroup', 'sys/fs/cgroup/unified'],
  limit: 'memory.max',
  usage: 'memory.current',
  cache: 'inactive_file',
  events: 'memory.events',
};
const V1 = {
  mounts: ['sys/fs/cgroup/memory'],
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  cache: 'total_inactive_file',
};

/** Version 1 shows a number of at least this size if there is no limit. */
const NO_LIMIT = 2 ** 60;

/**
 * @typedef {object} MemoryGroup
 * @property {number} limitBytes
 * @property {number} usedBytes without the page cache that the kernel gives back before it ends a process
 * @property {string} folder
 * @property {string} [events] the file that the kernel changes when the group meets its limit
 */

/**
 * Returns the memory cgroups of this process that have a limit, its own first, then those around it.
 *
 * @param {string} [root] the directory with the kernel's file systems
 * @returns {MemoryGroup[]}
 */
function memoryGroups(root = '/') {
  return foldersOf(root)
    .map(read)
    .filter((group) => group !== undefined);
}

/** Returns the folders that may describe a group of this process. */
function foldersOf(root) {
  const folders = [];
  for (const line of text(path.join(root, 'proc/self/cgroup')).trim().split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const layout = controllers === '' ? V2 : controllers?.split(',').includes('memory') ? V1 : undefined;
    if (layout === undefined) continue;
    // In a container the group is often mounted as the root, under any name.
    for (let at = group; ; at = path.posix.dirname(at)) {
      for (const mount of layout.mounts) folders.push({ layout, folder: path.join(root, mount, at) });
      if (at === '/' || at === '.') break;
    }
  }
  return folders;
}

function read({ layout, folder }) {
  const limitBytes = number(text(path.join(folder, layout.limit)));
  if (!(limitBytes < NO_LIMIT)) return undefined;
  const used = number(text(path.join(folder, layout.usage)));
  if (used === Infinity) return undefined;
  const cache = number(text(path.join(folder, 'memory.stat')), layout.cache);
  const usedBytes = Math.max(0, used - (cache === Infinity ? 0 : cache));
  return { limitBytes, usedBytes, folder, events: layout.events && path.join(folder, layout.events) };
}

/** Returns the group that is closest to its limit, where the kernel kills a process first; `undefined` without a limit. */
function tightest(groups) {
  return groups.reduce(
    (found, group) =>
      found === undefined || group.usedBytes / group.limitBytes > found.usedBytes / found.limitBytes ? group : found,
    undefined,
  );
}

/** Returns the bytes that are left in all groups. */
function roomIn(groups) {
  return groups.reduce((room, { limitBytes, usedBytes }) => Math.min(room, limitBytes - usedBytes), Infinity);
}

/** Returns the contents of a file of the kernel; empty if there is none. */
function text(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Returns a number from a file of the kernel, the one after `key` if there are many; `Infinity` for `max` and without a number. */
function number(contents, key) {
  const found = key === undefined ? /^\s*(\d+)/.exec(contents) : new RegExp(`^${key}:?\\s+(\\d+)`, 'm').exec(contents);
  return found ? Number(found[1]) : Infinity;
}

module.exports = { memoryGroups, number, roomIn, text, tightest };
