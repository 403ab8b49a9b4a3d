'use strict';
// Describes a snapshot: its size, versions, and sidecar.

const fs = require('node:fs');
const path = require('node:path');
const { aboutAllocations } = require('../analysis/allocation-tree.js');
const { knownFields, readSidecar } = require('../analysis/sidecar.js');
const { memoryIn } = require('./memory.js');

/** Matches a version, not text in its place. */
const VERSION = /^v?\d[\w.+-]{0,60}$/;

/**
 * @param {import('../analysis/snapshot.js').Snapshot} snapshot
 * @param {string} file
 * @param {import('../profile/allocation-profile.js').AllocationProfile} [profile] of its allocations
 */
function describe(snapshot, file, profile) {
  const { nodeCount, edgeCount, totalSize, rootId } = snapshot;
  const { size, mtime } = fs.statSync(file);
  const sidecar = readSidecar(file);
  const memory = memoryIn(sidecar);
  return {
    name: path.basename(file),
    nodeCount,
    edgeCount,
    totalSize,
    rootId,
    fileSize: size,
    time: mtime.toISOString(),
    ...versions(snapshot),
    ...knownFields(sidecar),
    ...aboutAllocations({ snapshot, profile }),
    ...(memory && { memory }),
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

module.exports = { describe };
