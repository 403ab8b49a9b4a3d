'use strict';
// Checks a complete snapshot strictly, number by number.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const zlib = require('node:zlib');

/** Edge types whose name is a string; the others have an index. */
const NAMED = ['context', 'property', 'internal', 'shortcut', 'weak'];

/** Reads and checks `file`; returns the parsed snapshot with some accessors. */
function readSnapshot(file) {
  let bytes = fs.readFileSync(file);
  if (file.endsWith('.gz')) bytes = zlib.gunzipSync(bytes);
  if (file.endsWith('.zst')) bytes = zlib.zstdDecompressSync(bytes);
  return checkBytes(bytes);
}

/** Checks the text of a snapshot; returns the parsed snapshot with some accessors. */
function checkBytes(bytes) {
  return checkSnapshot(JSON.parse(bytes.toString('utf8')));
}

function checkSnapshot(raw) {
  const { snapshot, nodes, edges, strings } = raw;
  const { node_fields: nodeFields, edge_fields: edgeFields } = snapshot.meta;
  const nodeTypes = snapshot.meta.node_types[0];
  const edgeTypes = snapshot.meta.edge_types[0];
  const nodeSize = nodeFields.length;
  const edgeSize = edgeFields.length;
  const [type, name, id, edgeCount] = ['type', 'name', 'id', 'edge_count'].map((field) => nodeFields.indexOf(field));
  assert.deepEqual(edgeFields, ['type', 'name_or_index', 'to_node']);
  assert.equal(nodes.length, snapshot.node_count * nodeSize);
  assert.equal(edges.length, snapshot.edge_count * edgeSize);
  assert.ok(snapshot.node_count > 1000, 'a heap of Node has thousands of objects');
  const isString = (index) => Number.isInteger(index) && index >= 0 && index < strings.length;
  const ids = new Set();
  let ownEdges = 0;
  for (let n = 0; n < nodes.length; n += nodeSize) {
    if (!(nodes[n + type] in nodeTypes) || !isString(nodes[n + name])) assert.fail(`node ${n}: type or name out of range`);
    ids.add(nodes[n + id]);
    ownEdges += nodes[n + edgeCount];
  }
  assert.equal(ids.size, snapshot.node_count, 'ids are unique');
  assert.equal(ownEdges, snapshot.edge_count, "the nodes' edges are all edges");
  for (let e = 0; e < edges.length; e += edgeSize) {
    const to = edges[e + 2];
    if (!(edges[e] in edgeTypes)) assert.fail(`edge ${e}: type out of range`);
    if (NAMED.includes(edgeTypes[edges[e]]) && !isString(edges[e + 1])) assert.fail(`edge ${e}: name out of range`);
    if (!(to >= 0 && to < nodes.length && to % nodeSize === 0)) assert.fail(`edge ${e}: target out of range`);
  }
  assert.ok(strings.every((text) => typeof text === 'string'));
  return new Checked(raw, { nodeSize, edgeSize, type, name, id, edgeCount, nodeTypes, edgeTypes });
}

class Checked {
  constructor(raw, layout) {
    Object.assign(this, raw, { layout });
    this.nodeCount = raw.snapshot.node_count;
  }

  /** Returns whether a string of the heap contains `text`. */
  mentions(text) {
    return this.strings.some((string) => string.includes(text));
  }

  /** Returns the number of objects of the constructor `className`. */
  count(className) {
    return this.instances(className).length;
  }

  instances(className) {
    const { nodeSize, type, name, nodeTypes } = this.layout;
    const wanted = this.strings.indexOf(className);
    const found = [];
    for (let n = 0; n < this.nodes.length; n += nodeSize) {
      if (this.nodes[n + name] === wanted && nodeTypes[this.nodes[n + type]] === 'object') found.push(n);
    }
    return found;
  }

  /** text of the property `key` of every instance of `className` -> id of the instance */
  idsBy(className, key) {
    const { nodeSize, edgeSize, edgeCount, name, id, edgeTypes } = this.layout;
    const wanted = new Set(this.instances(className));
    const property = edgeTypes.indexOf('property');
    const keyIndex = this.strings.indexOf(key);
    const ids = new Map();
    let e = 0;
    for (let n = 0; n < this.nodes.length; n += nodeSize) {
      const end = e + this.nodes[n + edgeCount] * edgeSize;
      if (!wanted.has(n)) e = end;
      for (; e < end; e += edgeSize) {
        if (this.edges[e] === property && this.edges[e + 1] === keyIndex) {
          ids.set(this.strings[this.nodes[this.edges[e + 2] + name]], this.nodes[n + id]);
        }
      }
    }
    return ids;
  }
}

module.exports = { checkBytes, checkSnapshot, readSnapshot };
