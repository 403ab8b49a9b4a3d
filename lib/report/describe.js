'use strict';
// What is known about a snapshot besides its objects.

const fs = require('node:fs');
const path = require('node:path');

/** What a sidecar tells (`sidecar: true` of a dump). */
const TOLD = { pid: 'number', node: 'string', v8: 'string', reason: 'string', method: 'string', pauseMs: 'number' };

/** A version, and not a text that took its place. */
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

/** The versions that the heap itself knows, in the object `process`. */
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

/** The file beside the snapshot; anybody may have written anything there. */
function sidecar(file) {
  let told;
  try {
    told = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
  } catch {
    return {};
  }
  if (typeof told !== 'object' || told === null) return {};
  const fields = Object.entries(TOLD).filter(([name, type]) => typeof told[name] === type);
  const time = new Date(told.startedAt);
  return {
    ...Object.fromEntries(fields.map(([name]) => [name, told[name]])),
    ...(typeof told.startedAt === 'string' && !Number.isNaN(time.getTime()) && { time: time.toISOString() }),
  };
}

module.exports = { describe };
