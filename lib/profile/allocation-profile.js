'use strict';
// An allocation profile of V8: the functions that allocated the living objects. It is sampled, so that bytes are estimates.

const fs = require('node:fs');
const { gzipSync } = require('node:zlib');
const { checkOptions, checkArgument, checks, wrongType } = require('../validate.js');
const { encode } = require('./pprof.js');
const { scriptPath } = require('../script-path.js');

const SITES_OPTIONS = { limit: checks.rows, offset: checks.rows };

/** Maximum number of callers of the allocating function in a row. */
const MAX_CALLERS = 8;

/** Maximum size of a profile. Real profiles have some megabytes. */
const MAX_FILE_BYTES = 1 << 30;

class AllocationProfile {
  #raw;
  #cachedStacks;

  /**
   * @param {object} raw `head` and `samples`, as V8's inspector gives them
   * @param {{intervalBytes?: number, startedAt?: Date, durationMs?: number}} [facts]
   */
  constructor(raw, { intervalBytes = null, startedAt, durationMs = null } = {}) {
    this.#raw = raw;
    this.intervalBytes = intervalBytes;
    this.startedAt = startedAt?.toISOString() ?? null;
    this.durationMs = durationMs;
  }

  /** Stacks with living objects, the allocating function first: `{ frames, selfSize, sampleCount }`. */
  get #stacks() {
    // Not made by the constructor, because a profile of a full heap is only written.
    this.#cachedStacks ??= stacksOf(this.#raw);
    return this.#cachedStacks;
  }

  /** The sums of all samples. */
  get totals() {
    const bytes = this.#stacks.reduce((sum, { selfSize }) => sum + selfSize, 0);
    return { bytes, sampleCount: this.#raw.samples.length, siteCount: grouped(this.#stacks).size };
  }

  /**
   * Returns the functions whose objects are alive, by bytes descending.
   *
   * @param {{limit?: number, offset?: number}} [options]
   */
  sites(options) {
    const { limit = Infinity, offset = 0 } = checkOptions(options, SITES_OPTIONS);
    const rows = sorted(grouped(this.#stacks)).map((row) => ({ ...row, callers: row.callers.slice(0, MAX_CALLERS) }));
    return rows.slice(offset, Number.isFinite(limit) ? offset + limit : undefined);
  }

  /**
   * Returns the functions that call a function, by the bytes that are allocated in the calls, descending. For a constructor, they are
   * the functions that make the objects.
   *
   * @param {(callFrame: object) => boolean} isCallee selects the function among those that V8 reports
   */
  callersOf(isCallee) {
    const callees = this.#keys(isCallee);
    const called = this.#stacks.flatMap(({ frames, ...sizes }) => {
      const at = frames.findIndex((frame) => callees.has(keyOf(frame)));
      return at < 0 ? [] : [{ frames: frames.slice(at + 1), ...sizes }];
    });
    return sorted(grouped(called, isOfProgram));
  }

  /**
   * Returns the functions of the program that allocated living objects of some sizes, by bytes, descending.
   *
   * @param {number[]} sizes in bytes, each that of an object alone. Objects of other sizes with the same `bytesOfSample` count, too
   * @param {(callFrame: object) => boolean} [isSite] selects functions among those that V8 reports
   */
  sitesOf(sizes, isSite = () => true) {
    const wanted = new Set(sizes.map((size) => this.bytesOfSample(size)));
    const stacks = this.#stacks.map(({ frames, samples }) => {
      const some = samples.filter((bytes) => wanted.has(bytes));
      return { frames, selfSize: some.reduce((sum, bytes) => sum + bytes, 0), sampleCount: some.length };
    });
    const keys = this.#keys(isSite);
    const groups = grouped(
      stacks.filter(({ sampleCount }) => sampleCount > 0),
      isOfProgram,
    );
    return sorted(new Map([...groups].filter(([key]) => keys.has(key))));
  }

  /**
   * Returns the bytes of a sample of an object: V8 samples it with a probability that depends on its size, and gives the sample the size
   * of all objects that it stands for.
   *
   * @param {number} size
   */
  bytesOfSample(size) {
    return size * Math.round(-1 / Math.expm1(-size / this.intervalBytes));
  }

  /** Returns the keys of the functions that `isSelected` selects among those that V8 reports. */
  #keys(isSelected) {
    const keys = new Set();
    const rest = [this.#raw.head];
    while (rest.length > 0) {
      const { callFrame, children } = rest.pop();
      if (isSelected(callFrame)) keys.add(keyOf(frameOf(callFrame)));
      for (const child of children) rest.push(child);
    }
    return keys;
  }

  /**
   * Returns the tree of calls that allocated the living objects, as columns, callers first; with `other`, only those of samples that
   * `other` does not have. `caller` is -1 for the root. Throws `ERR_HEAPDUMP_DIFFERENT_PROCESS` as `since()` does.
   *
   * @param {AllocationProfile} [other] of the same start of the profiler
   */
  callTree(other) {
    if (other === undefined) return treeOf(this.#raw);
    this.#checkStart(other);
    const known = new Set(other.#raw.samples.map(({ ordinal }) => ordinal));
    return treeOf(withSamples(this.#raw, ({ ordinal }) => !known.has(ordinal)));
  }

  /**
   * Returns a profile of what was allocated after `earlier` was taken and is alive in this one.
   *
   * @param {AllocationProfile} earlier of the same profiler, and the same start
   */
  since(earlier) {
    this.#checkStart(checkArgument('earlier', anAllocationProfile, earlier));
    return new AllocationProfile(madeAfter(this.#raw, lastOrdinal(earlier.#raw)), {
      intervalBytes: this.intervalBytes ?? undefined,
      startedAt: new Date(this.startedAt),
      durationMs: this.durationMs - earlier.durationMs,
    });
  }

  /** Throws if another profile has other numbers of samples. */
  #checkStart({ startedAt }) {
    if (startedAt !== this.startedAt || startedAt === null) {
      throw Object.assign(new Error('the profiles are not of one start() of a profiler'), {
        code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS',
      });
    }
  }

  /**
   * Returns the profile in the format `.heapprofile` of Chrome DevTools: V8's own tree, as JSON.
   *
   * @param {{urlOf?: (url: string) => string}} [how] for this package only; `urlOf` replaces the URLs of scripts
   */
  toHeapProfile({ urlOf } = {}) {
    const { head, samples } = this.#raw;
    const { intervalBytes, startedAt, durationMs } = this;
    const replaced = urlOf && ((key, value) => (key === 'url' ? urlOf(value) : value));
    return JSON.stringify({ head, samples, heapdump: { intervalBytes, startedAt, durationMs } }, replaced);
  }

  /** Returns the profile in the format of pprof, compressed with gzip. */
  toPprof() {
    return gzipSync(
      encode({
        types: [
          ['samples', 'count'],
          ['inuse_space', 'bytes'],
        ],
        samples: this.#stacks.map(({ frames, selfSize, sampleCount }) => ({ frames, values: [sampleCount, selfSize] })),
        period: this.intervalBytes ?? 0,
        periodType: ['space', 'bytes'],
        startedMs: this.startedAt === null ? 0 : Date.parse(this.startedAt),
        durationMs: this.durationMs ?? 0,
      }),
    );
  }
}

const isScript = ({ file }) => file !== null;
const isOfProgram = ({ file }) => file !== null && !file.startsWith('node:');

/** Groups stacks by their first function that `isSite` selects. Each row shows the callers of the stack with the most bytes. */
function grouped(stacks, isSite = isScript) {
  const groups = new Map();
  for (const { frames, selfSize, sampleCount } of [...stacks].sort((a, b) => b.selfSize - a.selfSize)) {
    if (frames.length === 0) continue;
    // A row names the caller of a builtin such as `push`.
    const at = Math.max(0, frames.findIndex(isSite));
    const [site, ...callers] = frames.slice(at);
    const key = keyOf(site);
    const group = groups.get(key) ?? { ...site, bytes: 0, sampleCount: 0, callers };
    groups.set(key, group);
    group.bytes += selfSize;
    group.sampleCount += sampleCount;
  }
  return groups;
}

/** Returns the rows of groups, by bytes descending. */
function sorted(groups) {
  return [...groups.values()].sort(
    (a, b) => b.bytes - a.bytes || b.sampleCount - a.sampleCount || compare(a.function, b.function) || a.line - b.line,
  );
}

const keyOf = (frame) => JSON.stringify(frame);

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Returns the bytes of the samples of each node, by its id. */
function sampledBytes(samples) {
  const sampled = new Map();
  for (const { nodeId, size } of samples) {
    if (sampled.has(nodeId)) sampled.get(nodeId).push(size);
    else sampled.set(nodeId, [size]);
  }
  return sampled;
}

/** Returns V8's tree as columns. */
function treeOf({ head, samples }) {
  const sampled = sampledBytes(samples);
  const tree = { frames: [], frame: [], caller: [], count: [], shallowSize: [] };
  // Paths of URLs take long, and a function is called from many places.
  const known = new Map();
  const positionOf = (callFrame) => {
    const { functionName, url, lineNumber, columnNumber } = callFrame;
    const key = `${lineNumber} ${columnNumber} ${functionName}\n${url}`;
    if (!known.has(key)) known.set(key, tree.frames.push(frameOf(callFrame)) - 1);
    return known.get(key);
  };
  const rest = [{ node: head, caller: -1 }];
  while (rest.length > 0) {
    const { node, caller } = rest.pop();
    const at = tree.frame.length;
    tree.frame.push(positionOf(node.callFrame));
    tree.caller.push(caller);
    tree.count.push(sampled.get(node.id)?.length ?? 0);
    tree.shallowSize.push(node.selfSize);
    for (const child of node.children) rest.push({ node: child, caller: at });
  }
  return tree;
}

/** Returns the stacks of V8's tree that have living objects, the function of the node first. Not recursive, as stacks are deep. */
function stacksOf({ head, samples }) {
  const sampled = sampledBytes(samples);
  const stacks = [];
  const rest = [{ node: head, frames: [] }];
  while (rest.length > 0) {
    const { node, frames } = rest.pop();
    const { id, selfSize } = node;
    if (selfSize > 0) {
      const samples = sampled.get(id) ?? [];
      stacks.push({
        frames: frames.length === 0 ? [frameOf(node.callFrame)] : frames,
        selfSize,
        samples,
        sampleCount: samples.length,
      });
    }
    for (const child of node.children) rest.push({ node: child, frames: [frameOf(child.callFrame), ...frames] });
  }
  return stacks;
}

/** Returns a function of a stack with 1-based positions and a path for a `file:` URL; `null` for builtins. */
function frameOf({ functionName, url, lineNumber, columnNumber }) {
  const isKnown = url !== '' && lineNumber >= 0;
  return {
    function: functionName,
    file: isKnown ? scriptPath(url) : null,
    line: isKnown ? lineNumber + 1 : null,
    column: isKnown ? columnNumber + 1 : null,
  };
}

/** Returns the number of the last sample of V8's profile, which numbers them in the order of the allocations. */
function lastOrdinal({ samples }) {
  return samples.reduce((last, { ordinal }) => Math.max(last, ordinal), 0);
}

/** Returns V8's profile without the samples up to the one with the number `last`. */
function madeAfter(raw, last) {
  return withSamples(raw, ({ ordinal }) => ordinal > last);
}

/** Returns V8's profile with some of its samples. */
function withSamples({ head, samples }, isWanted) {
  const wanted = samples.filter(isWanted);
  const sizes = new Map();
  for (const { nodeId, size } of wanted) sizes.set(nodeId, (sizes.get(nodeId) ?? 0) + size);
  return { head: resized(head, sizes), samples: wanted };
}

/** Returns V8's tree with other sizes, by id. Leaves out functions without any size below them. */
function resized(head, sizes) {
  const order = [];
  const rest = [head];
  while (rest.length > 0) {
    const node = rest.pop();
    order.push(node);
    rest.push(...node.children);
  }
  const made = new Map();
  for (const node of order.reverse()) {
    const children = node.children.map(({ id }) => made.get(id)).filter((child) => child !== undefined);
    const selfSize = sizes.get(node.id) ?? 0;
    if (selfSize > 0 || children.length > 0 || node === head) made.set(node.id, { ...node, selfSize, children });
  }
  return made.get(head.id);
}

function anAllocationProfile(subject, value) {
  if (!(value instanceof AllocationProfile)) throw wrongType(subject, 'an AllocationProfile', value);
  return value;
}

/**
 * Reads a `.heapprofile`, of this package, `node --heap-prof` or Chrome DevTools.
 *
 * @param {string|URL} file
 */
function openProfile(file) {
  const name = checkArgument('path', checks.path, file);
  checkSize(name, fs.statSync(name));
  return parseProfile(fs.readFileSync(name, 'utf8'), name);
}

/** Reads the same on the thread pool. Only the parsing blocks. */
async function readProfile(name) {
  checkSize(name, await fs.promises.stat(name));
  return parseProfile(await fs.promises.readFile(name, 'utf8'), name);
}

function checkSize(name, { size }) {
  if (size > MAX_FILE_BYTES) throw wrongFile(`${name} is too large for a profile: ${size} bytes`);
}

/**
 * Returns the profile in the text of a `.heapprofile`.
 *
 * @param {string} text
 * @param {string} name of the source, for errors
 */
function parseProfile(text, name) {
  let json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrongFile(`${name} is no profile: ${error.message}`);
  }
  if (!isProfile(json)) throw wrongFile(`${name} is no profile: it has no tree of functions and their sizes`);
  const { intervalBytes, startedAt, durationMs } = json.heapdump ?? {};
  return new AllocationProfile(
    { head: json.head, samples: json.samples ?? [] },
    {
      intervalBytes: intervalBytes ?? undefined,
      startedAt: startedAt ? new Date(startedAt) : undefined,
      durationMs: durationMs ?? undefined,
    },
  );
}

function isProfile(json) {
  if (typeof json?.head !== 'object' || !(json.samples === undefined || Array.isArray(json.samples))) return false;
  const rest = [json.head];
  while (rest.length > 0) {
    const node = rest.pop();
    const frame = node?.callFrame;
    const isFrame = typeof frame?.functionName === 'string' && typeof frame.url === 'string' && Number.isInteger(frame.lineNumber);
    if (!isFrame || !(node.selfSize >= 0) || !Array.isArray(node.children)) return false;
    for (const child of node.children) rest.push(child);
  }
  return (json.samples ?? []).every((sample) => Number.isInteger(sample?.nodeId) && sample.size >= 0);
}

function wrongFile(message) {
  return Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_PARSE' });
}

module.exports = { AllocationProfile, lastOrdinal, madeAfter, openProfile, parseProfile, readProfile };
