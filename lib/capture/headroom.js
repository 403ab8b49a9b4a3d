'use strict';
// Estimates the memory, disk and time that a dump needs, and refuses one for which there is not enough room.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const { memoryGroups, number, roomIn, text } = require('./cgroup.js');
const { isForked } = require('./decision.js');
const { directoryFromEnvironment } = require('./environment.js');
const { encodingFor } = require('./names.js');
const { schemaOf } = require('./options.js');
const { checkOptions } = require('../validate.js');

/**
 * Cost per byte of the heap: first of small objects, where the number of objects decides, then of objects of more than about
 * 128 kB, which are mostly long strings and arrays. Measured by `bench/capture/calibrate.js` on thirteen shapes of heaps. One
 * shape may need ten times as much as another of the same size; these values are in the middle.
 */
const COST = {
  inline: { memory: [12, 3], pauseMs: [40e-6, 4e-6] },
  // The heap is shared with the child until its garbage collection writes to it.
  fork: { memory: [12.5, 3.2], pauseMs: [4e-6, 0.2e-6] },
  /** An image: the writer needs a few MB, and compresses the heap and the program itself. */
  image: { file: [0.6, 0.6] },
  /** A forked dump without comparable ids. */
  forkOnly: { pauseMs: [0.3e-6, 0.1e-6] },
  file: [1.6, 1],
};

/**
 * Bytes of memory per byte of the uncompressed file: between 4.5 and 15 on the same heaps. The size of an earlier file predicts
 * the size of the object graph better than the size of the heap.
 */
const MEMORY_PER_FILE_BYTE = { inline: 8.5, fork: 9 };

/** The cheapest heaps need a tenth of the estimate. */
const MIN_SHARE = 1 / 10;

/** The needs of a dump of an empty heap. */
const BASE = { memory: 20e6, file: 2e6, pauseMs: 20 };

/** The size of the program in an image: Node, its libraries and its code. */
const IMAGE_FILE_BYTES = 60e6;

/** Bytes of V8's table of object ids per byte of the heap: between 0 and 2.2 on the same heaps. */
const IDS_MEMORY_PER_HEAP_BYTE = 2.2;

/**
 * The deadline of forked children: a multiple of the time of an inline dump, because the child has the lowest priority and the
 * estimate may be too low, plus the time in which a slow disk, or a slow reader of a stream, takes the file.
 */
const CHILD_TIME = { baseMs: 60_000, timesInline: 20, fileBytesPerMs: 5000, streamBytesPerMs: 200 };

/** The size of a compressed snapshot is at most this part of the uncompressed one. */
const MAX_COMPRESSED_SHARE = 0.3;

/** The error that a write would fail with. */
const ERRNO = { disk: 'ENOSPC', 'disk: limit of file size': 'EFBIG' };

const SCHEMA = schemaOf('estimate');

/** Returns the estimated needs of a dump of this thread now, and the room for it. See `index.d.ts`. */
function estimate(options) {
  const { path: file, dir, comparable, compress } = checkOptions(options, SCHEMA);
  const directory = file === undefined ? (dir ?? directoryFromEnvironment() ?? '.') : path.dirname(file);
  return assess({ directory, comparable, isCompressed: Boolean(compress) });
}

function assess({ directory, comparable = true, isCompressed = false }) {
  const heap = heapSizes();
  const by = (costs, base) => Math.round(cost(costs, base, heap));
  const known = isLike(heap) ? last.bytes * (total(heap) / total(last.heap)) : undefined;
  const fileBytes = Math.round((known ?? by(COST.file, BASE.file)) * (isCompressed ? MAX_COMPRESSED_SHARE : 1));
  const room = roomFor(directory);
  const needs = (mode, { pauseMs }) => {
    const memoryBytes =
      known === undefined ? by(COST[mode].memory, BASE.memory) : Math.round(BASE.memory + known * MEMORY_PER_FILE_BYTE[mode]);
    return { memoryBytes, pauseMs: by(pauseMs, BASE.pauseMs), fits: shortage(memoryBytes, fileBytes, room) === null };
  };
  return {
    heapBytes: total(heap),
    fileBytes,
    inline: needs('inline', COST.inline),
    fork: needs('fork', comparable ? COST.fork : COST.forkOnly),
    room,
  };
}

/** Returns the deadline of all children of one dump of this thread together, in milliseconds. Makes no system call. */
function childTimeMs({ outlet } = {}) {
  const heap = heapSizes();
  const { baseMs, timesInline, fileBytesPerMs, streamBytesPerMs } = CHILD_TIME;
  const fileMs = cost(COST.file, BASE.file, heap) / (outlet === undefined ? fileBytesPerMs : streamBytesPerMs);
  return Math.round(baseMs + timesInline * inlinePauseMs(heap) + fileMs);
}

/** In a longer pause, health checks of a service fail. */
const LONG_PAUSE_MS = 10_000;

/** Returns the estimated pause of an inline dump in milliseconds if it is long, else `undefined`. Makes no system call. */
function longPauseMs() {
  const pauseMs = Math.round(inlinePauseMs(heapSizes()));
  return pauseMs > LONG_PAUSE_MS ? pauseMs : undefined;
}

const inlinePauseMs = (heap) => cost(COST.inline.pauseMs, BASE.pauseMs, heap);

function cost([ofSmall, ofLarge], base, { small, large }) {
  return base + ofSmall * small + ofLarge * large;
}

/** The last dump of this thread: the sizes of the heap, and of the snapshot. */
let last;

/** Notes the size of the snapshot of a heap of these sizes. */
function learn(heap, bytes) {
  last = { heap, bytes };
}

/** Returns whether a heap has about the size of the last dumped one. It then has about the same shape. */
function isLike(heap) {
  const times = last === undefined ? 0 : total(heap) / total(last.heap);
  return times > 0.5 && times < 2;
}

const total = ({ small, large }) => small + large;

function heapSizes() {
  const sizes = { small: 0, large: 0 };
  for (const { space_name: name, space_used_size: size } of v8.getHeapSpaceStatistics()) {
    sizes[name.includes('large_object') ? 'large' : 'small'] += size;
  }
  return sizes;
}

/**
 * Throws `ERR_HEAPDUMP_HEADROOM` if a dump would not fit. A child that runs out of memory, and a file that fills the disk, do
 * no harm: these are refused only if even the cheapest heap of this size would not fit.
 *
 * @param {{path: string, method: 'fork'|'inline', comparable?: boolean, encoding?: string, outlet?: object}} request
 */
function demand({ path: file, method, comparable, encoding, outlet }) {
  const { fileBytes, memoryBytes, room } = needOf({
    directory: outlet === undefined ? path.dirname(file) : undefined,
    method,
    comparable,
    encoding,
  });
  const minMemoryBytes = method === 'fork' ? memoryBytes * MIN_SHARE : memoryBytes;
  const lacks = (isForked(method) ? processLimit() : null) ?? shortage(minMemoryBytes, fileBytes * MIN_SHARE, room);
  if (lacks === null) {
    const doubt = shortage(memoryBytes, fileBytes, room);
    if (doubt) process.emitWarning(`the dump may fail: ${describe(doubt)}`, 'HeapdumpWarning');
    return;
  }
  refuse(lacks, file, 'the dump');
}

/** Throws if `lacks`, a result of `shortage`, is not `null`. */
function refuse(lacks, file, what) {
  if (lacks === null) return;
  const error = new Error(`${what} is refused: ${describe(lacks)}; the option force skips this check`);
  const errno = ERRNO[lacks.resource];
  throw Object.assign(
    error,
    { code: 'ERR_HEAPDUMP_HEADROOM', ...lacks },
    errno && { errno: -os.constants.errno[errno], path: file },
  );
}

function needOf({ directory, method, comparable, encoding }) {
  if (method === 'image') {
    const fileBytes = Math.round(cost(COST.image.file, IMAGE_FILE_BYTES, heapSizes()));
    return { fileBytes, memoryBytes: BASE.memory, room: roomFor(directory) };
  }
  const needs = assess({ directory, comparable, isCompressed: encoding !== undefined });
  return { fileBytes: needs.fileBytes, memoryBytes: needs[method].memoryBytes, room: needs.room };
}

/** Returns whether this process has room for V8's table of all object ids, which is in the memory of the parent. */
function hasRoomForIds() {
  const [memoryBytes] = memoryRoom();
  return memoryBytes > BASE.memory + IDS_MEMORY_PER_HEAP_BYTE * total(heapSizes());
}

function describe({ resource, need, room }) {
  const amount = (value) => (resource === 'processes' ? value : `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)} MB`);
  return `it needs about ${amount(need)} and there is room for ${amount(room)} (${resource})`;
}

/** Returns the resource that is short; `null` if all fits. */
function shortage(memoryBytes, fileBytes, room) {
  if (memoryBytes > room.memoryBytes) return { resource: room.memoryLimit, need: memoryBytes, room: room.memoryBytes };
  if (fileBytes > room.diskBytes) return { resource: room.diskLimit, need: fileBytes, room: room.diskBytes };
  return null;
}

/** Returns whether the disk of `directory` has room for a dump of this thread with these options of `dump()`. */
function fitsOnDisk(directory, { mode, compress }) {
  const { fileBytes, room } = needOf({ directory, method: mode === 'image' ? 'image' : 'fork', encoding: encodingFor(compress) });
  return fileBytes <= room.diskBytes;
}

/** Returns the room in memory and on disk, with the names of the tightest limits. `Infinity` if unknown, and for the disk of a stream. */
function roomFor(directory) {
  const [memoryBytes, memoryLimit] = memoryRoom();
  const [diskBytes, diskLimit] =
    directory === undefined
      ? [Infinity, null]
      : tightestOf([
          [freeDisk(directory), 'disk'],
          [softLimit('Max file size'), 'disk: limit of file size'],
        ]);
  return { memoryBytes, memoryLimit, diskBytes, diskLimit };
}

function memoryRoom() {
  return tightestOf([
    [available(), 'memory of the machine'],
    [roomIn(memoryGroups()), 'memory limit of the cgroup'],
    [addressSpace(), 'limit of address space'],
  ]);
}

function tightestOf(candidates) {
  const [bytes, name] = candidates.reduce((best, candidate) => (candidate[0] < best[0] ? candidate : best));
  return bytes === Infinity ? [bytes, null] : [Math.max(0, bytes), name];
}

function available() {
  return number(text('/proc/meminfo'), 'MemAvailable') * 1024;
}

function softLimit(name) {
  return number(text('/proc/self/limits'), name.replaceAll(' ', '\\s'));
}

function addressSpace() {
  const limit = softLimit('Max address space');
  return limit === Infinity ? Infinity : limit - number(text('/proc/self/status'), 'VmSize') * 1024;
}

/** Returns the free bytes on the disk of `directory`, or of its nearest existing ancestor if it will be created. */
function freeDisk(directory) {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    try {
      const { bavail, bsize } = fs.statfsSync(at);
      return bavail * bsize;
    } catch {
      if (at === path.dirname(at)) return Infinity;
    }
  }
}

/** Like `shortage`, for the number of processes that this user may have. */
function processLimit() {
  if (process.getuid?.() === 0) return null; // root is not bound
  const limit = softLimit('Max processes');
  if (limit === Infinity) return null;
  let mine = 0;
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const status = text(`/proc/${pid}/status`);
    if (number(status, 'Uid') === process.getuid()) mine += number(status, 'Threads');
  }
  return mine >= limit ? { resource: 'processes', need: 1, room: 0 } : null;
}

/** Returns how many bytes a child may grow by, so that some memory is left for the service; `undefined` without a limit. */
function childMemory() {
  const [memoryBytes] = memoryRoom();
  return memoryBytes === Infinity ? undefined : memoryBytes * 0.95;
}

/**
 * Throws `ERR_HEAPDUMP_HEADROOM` if this machine has no room to restore a heap image.
 *
 * @param {{small: number, large: number}} heap the sizes of the heap of the image
 */
function demandForRestore(file, heap) {
  const memoryBytes = Math.round(cost(COST.fork.memory, BASE.memory, heap));
  const fileBytes = Math.round(cost(COST.file, BASE.file, heap));
  refuse(shortage(memoryBytes * MIN_SHARE, fileBytes * MIN_SHARE, roomFor(path.dirname(file))), file, 'the restore');
}

module.exports = {
  childMemory,
  childTimeMs,
  demand,
  demandForRestore,
  estimate,
  fitsOnDisk,
  hasRoomForIds,
  heapSizes,
  learn,
  longPauseMs,
};
