'use strict';
// `memory()`: assigns each resident byte of the process to an owner, and compares the result with earlier ones.

const binding = require('../binding.js');
const { checkOptions, checks, wrongType } = require('../validate.js');
const { changeSince } = require('./change.js');
const { statisticsHere } = require('./isolates.js');
const { divide, sum } = require('./parts.js');
const { statisticsOfPeers } = require('./peers.js');
const { judge } = require('./verdicts/index.js');

/** Checks the option `since`: an earlier ledger, or several, oldest first. */
function ledgers(subject, value) {
  const list = Array.isArray(value) ? value : [value];
  const isLedger = (one) => typeof one?.rss === 'number' && Array.isArray(one.parts) && typeof one.at === 'string';
  if (list.length === 0 || !list.every(isLedger)) throw wrongType(subject, 'a result of memory(), or a list of them', value);
  return list;
}

const SCHEMA = { since: ledgers, trim: checks.boolean };

/** Returns the owners of the resident memory of this process. See `index.d.ts`. */
function memory(options) {
  const { since = [], trim = false } = checkOptions(options, SCHEMA);
  return taken(since, trim);
}

async function taken(since, trim) {
  const ledger = await take();
  if (trim) ledger.trimmed = await trimmed(ledger);
  return withHistory(ledger, since);
}

/** Adds the change since the last of the earlier ledgers, which are oldest first, and verdicts about all of them. */
function withHistory(ledger, since) {
  const change = since.length > 0 ? changeSince(since.at(-1), ledger) : undefined;
  return { ...ledger, ...(change && { change }), verdicts: judge([...since, ledger]) };
}

async function take() {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  if (binding.readMemory === undefined) return withoutKernel(at, [statisticsHere()]);
  const isolates = [statisticsHere(), ...(await statisticsOfPeers())];
  const mapped = await binding.readMemory();
  return ledgerOf(process.pid, at, mapped, isolates, performance.now() - startedAt);
}

/**
 * Returns the owners of the resident memory of another process, without verdicts. `/proc` does not divide its heap.
 * @param {number} pid
 */
async function memoryOf(pid) {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const mapped = await binding.readMemory(pid);
  return ledgerOf(pid, at, mapped, [], performance.now() - startedAt);
}

function ledgerOf(pid, at, mapped, isolates, durationMs) {
  const { parts, unexplained, mallocFree } = divide(mapped, isolates);
  const { statistics } = mapped;
  return {
    at,
    pid,
    node: isolates.length > 0 ? process.version : null,
    rss: mapped.rss,
    parts,
    unexplained,
    beyondRss: { pageTables: mapped.pageTables ?? null, swap: mapped.swap },
    counts: {
      threads: mapped.threadCount,
      mappings: mapped.mappingCount,
      descriptors: mapped.descriptorCount ?? null,
    },
    malloc: {
      allocator: mapped.allocator,
      free: mallocFree ?? null,
      arenas: statistics?.arenas ?? [],
      statisticsMs: statistics?.durationMs ?? null,
    },
    isolates,
    container: mapped.container ?? null,
    cpuMs: mapped.cpuMs,
    durationMs,
  };
}

/** Returns the ledger on macOS and Windows, from statistics of V8 and Node only. The rest of RSS is unexplained. */
function withoutKernel(at, isolates) {
  const rss = process.memoryUsage.rss();
  const heap = Math.min(rss, sum(isolates.map(({ heapTotal }) => heapTotal)));
  const mapped = {
    rss,
    allocator: 'unknown',
    areBlocksKnown: false,
    parts: [{ owner: 'v8', resident: heap, size: 0, count: 0 }],
    swap: null,
    threadCount: null,
    mappingCount: null,
    cpuMs: null,
  };
  return ledgerOf(process.pid, at, mapped, isolates, 0);
}

/** Returns the bytes that `malloc_trim(0)` returned to the kernel; `null` if the C library has no such function. */
async function trimmed(before) {
  const done = (await binding.trimMalloc?.()) ?? null;
  if (done === null) return null;
  return Math.max(0, before.rss - (await binding.readMemory()).rss);
}

module.exports = { memory, memoryOf, take, withHistory };
