'use strict';
// Reads the sidecar of a snapshot (`sidecar: true` of a dump).

const fs = require('node:fs');

/** The known fields, with their types. */
const FIELDS = { pid: 'number', node: 'string', v8: 'string', reason: 'string', method: 'string', pauseMs: 'number' };

/** Returns the contents of the file beside a snapshot; `undefined` if there is none, or none with an object. */
function contentsOf(file) {
  try {
    const contents = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
    return typeof contents === 'object' && contents !== null ? contents : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the known fields of the file beside a snapshot, and the `time` when the dump began. The file is not trusted: fields of
 * another type are left out. Returns an empty object if there is no such file.
 *
 * @param {string} file the snapshot
 */
function readSidecar(file) {
  const contents = contentsOf(file);
  if (contents === undefined) return {};
  const fields = Object.entries(FIELDS).filter(([name, type]) => typeof contents[name] === type);
  const time = new Date(contents.startedAt);
  return {
    ...Object.fromEntries(fields.map(([name]) => [name, contents[name]])),
    ...(typeof contents.startedAt === 'string' && !Number.isNaN(time.getTime()) && { time: time.toISOString() }),
  };
}

/** Returns the ledgers and samples that the file beside a snapshot has, unchecked. */
function readMemory(file) {
  const { memory, samples } = contentsOf(file) ?? {};
  return { memory, samples };
}

/** Returns RSS of the process in bytes before the dump and after it; absent if no sidecar says so. */
function readRss(file) {
  const { memoryBefore, memoryAfter } = contentsOf(file) ?? {};
  const bytes = (memory) => (typeof memory?.rss === 'number' ? memory.rss : undefined);
  return { before: bytes(memoryBefore), after: bytes(memoryAfter) };
}

module.exports = { readMemory, readRss, readSidecar };
