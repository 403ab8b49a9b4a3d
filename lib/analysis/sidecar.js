'use strict';
// Reads the sidecar of a snapshot (`sidecar: true` of a dump).

const fs = require('node:fs');

/** The known fields, with their types. */
const FIELDS = { pid: 'number', node: 'string', v8: 'string', reason: 'string', method: 'string', pauseMs: 'number' };

/**
 * Returns the known fields of the file beside a snapshot, and the `time` when the dump began. The file is not trusted: fields of
 * another type are left out. Returns an empty object if there is no such file.
 *
 * @param {string} file the snapshot
 */
function readSidecar(file) {
  let contents;
  try {
    contents = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
  } catch {
    return {};
  }
  if (typeof contents !== 'object' || contents === null) return {};
  const fields = Object.entries(FIELDS).filter(([name, type]) => typeof contents[name] === type);
  const time = new Date(contents.startedAt);
  return {
    ...Object.fromEntries(fields.map(([name]) => [name, contents[name]])),
    ...(typeof contents.startedAt === 'string' && !Number.isNaN(time.getTime()) && { time: time.toISOString() }),
  };
}

module.exports = { readSidecar };
