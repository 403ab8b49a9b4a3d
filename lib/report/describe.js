'use strict';
// Describes a snapshot: its size, versions, and sidecar.

const fs = require('node:fs');
const path = require('node:path');

/** The fields of a sidecar (`sidecar: true` of a dump), with their types. */
const SIDECAR_FIELDS = { pid: 'number', node: 'string', v8: 'string', reason: 'string', method: 'string', pauseMs: 'number' };

/** Matches a version, not text in its place. */
const VERSION = /^v?\d[\w.+-]{0,60}$/;

/**
 * @param {import('../analysis/snapshot.js').Snapshot} snapshot
 * @param {string} file
 */
function describe(snapshot, file) {
  const { nodeCount, edgeCount, totalSize, rootId } = snapshot;
  const { size, mtime } = fs.statSync(file);
  return {
    name: path.basename(file),
    nodeCount,
    edgeCount,
    totalSize,
    rootId,
    fileSize: size,
    time: mtime.toISOString(),
    ...versions(snapshot),
    ...sidecar(file),
  };
}

/** Returns the versions stored in the heap's `process` object. */
function versions(snapshot) {
  const [process] = snapshot.findSync({ className: 'process', type: 'object', sort: 'retainedSize', limit: 1 }).rows;
  if (process === undefined) return {};
  const properties = (id) => new Map(snapshot.childrenSync(id).rows.map((row) => [row.edge, row]));
  const known = properties(process.id);
  const all = known.get('versions');
  const v8 = all && properties(all.id).get('v8')?.name;
  const node = known.get('version')?.name;
  return { ...(VERSION.test(node) && { node }), ...(VERSION.test(v8) && { v8 }) };
}

/** Reads the file beside the snapshot. Its contents are not trusted. */
function sidecar(file) {
  let contents;
  try {
    contents = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
  } catch {
    return {};
  }
  if (typeof contents !== 'object' || contents === null) return {};
  const fields = Object.entries(SIDECAR_FIELDS).filter(([name, type]) => typeof contents[name] === type);
  const time = new Date(contents.startedAt);
  return {
    ...Object.fromEntries(fields.map(([name]) => [name, contents[name]])),
    ...(typeof contents.startedAt === 'string' && !Number.isNaN(time.getTime()) && { time: time.toISOString() }),
  };
}

module.exports = { describe };
