'use strict';
// Snapshots of a few objects with arbitrary names, as the text of a file.

const NODE_TYPES = [
  'hidden',
  'array',
  'string',
  'object',
  'code',
  'closure',
  'regexp',
  'number',
  'native',
  'synthetic',
  'concatenated string',
  'sliced string',
  'symbol',
  'bigint',
  'object shape',
];
const EDGE_TYPES = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

/**
 * Returns the text of a snapshot file. `nodeFields` are the names of the numbers of each node in `nodes`; the first is the type.
 */
function snapshotText({ nodeFields, nodes, edges, strings }) {
  const meta = {
    node_fields: nodeFields,
    node_types: [NODE_TYPES, 'string', ...nodeFields.slice(2).map(() => 'number')],
    edge_fields: ['type', 'name_or_index', 'to_node'],
    edge_types: [EDGE_TYPES, 'string_or_number', 'node'],
    trace_function_info_fields: [],
    trace_node_fields: [],
    sample_fields: [],
    location_fields: [],
  };
  const snapshot = { meta, node_count: nodes.length / nodeFields.length, edge_count: edges.length / 3, trace_function_count: 0 };
  return JSON.stringify({ snapshot, nodes, edges, trace_function_infos: [], trace_tree: [], samples: [], locations: [], strings });
}

/**
 * Returns a snapshot of objects that the global object holds, each by the property `edge`.
 * @param {Array<{name: string, type?: string, edge?: string, size?: number, id?: number}>} objects
 */
function smallSnapshot(objects) {
  const strings = [];
  const known = new Map();
  const text = (value) => {
    if (!known.has(value)) known.set(value, strings.push(value) - 1);
    return known.get(value);
  };
  const nodeFields = ['type', 'name', 'id', 'self_size', 'edge_count', 'detachedness'];
  const node = (type, name, id, size, edges) => [NODE_TYPES.indexOf(type), text(name), id, size, edges, 0];
  const nodes = [node('synthetic', '', 1, 0, 1), node('object', 'global', 3, 8, objects.length)].flat();
  const edges = [EDGE_TYPES.indexOf('shortcut'), text('global'), nodeFields.length];
  objects.forEach(({ name, type = 'object', edge = `p${objects.length}`, size = 16, id }, i) => {
    edges.push(EDGE_TYPES.indexOf('property'), text(edge), (i + 2) * nodeFields.length);
    nodes.push(...node(type, name, id ?? 5 + 2 * i, size, 0));
  });
  return snapshotText({ nodeFields, nodes, edges, strings });
}

module.exports = { EDGE_TYPES, NODE_TYPES, smallSnapshot, snapshotText };
