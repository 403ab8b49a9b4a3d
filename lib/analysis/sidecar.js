'use strict';
// Reads the sidecar of a snapshot (`sidecar: true` of a dump).

const fs = require('node:fs');

/** The known fields, with their types. */
const FIELDS = { pid: 'number', node: 'string', v8: 'string', reason: 'string', method: 'string', pauseMs: 'number' };

/**
 * Returns the contents of the file beside a snapshot, unchecked: it can be anything. Returns an empty object if there is no such
 * file, or none with an object.
 *
 * @param {string} file the snapshot
 */
function readSidecar(file) {
  try {
    const contents = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
    return typeof contents === 'object' && contents !== null ? contents : {};
  } catch {
    return {};
  }
}

/** Returns the known fields of a sidecar, and the `time` when the dump began. Leaves out fields of another type. */
function knownFields(contents) {
  const fields = Object.entries(FIELDS).filter(([name, type]) => typeof contents[name] === type);
  const time = new Date(contents.startedAt);
  return {
    ...Object.fromEntries(fields.map(([name]) => [name, contents[name]])),
    ...(typeof contents.startedAt === 'string' && !Number.isNaN(time.getTime()) && { time: time.toISOString() }),
  };
}

/** Returns RSS of the process in bytes before the dump and after it; absent if the sidecar does not say so. */
function rssOfDump({ memoryBefore, memoryAfter }) {
  const bytes = (memory) => (typeof memory?.rss === 'number' ? memory.rss : undefined);
  return { before: bytes(memoryBefore), after: bytes(memoryAfter) };
}

module.exports = { knownFields, readSidecar, rssOfDump };
