'use strict';
// A small snapshot with malicious names that attack their display: a terminal, a page, a line.

const fs = require('node:fs');
const { EDGE_TYPES, NODE_TYPES, snapshotText } = require('./small-snapshot.js');

const NODE_FIELDS = ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness'];
/** Text that appears if a name is interpreted instead of displayed. */
const MARK = 'PWNED';

const SECRET = 'hunter2-is-my-password';

const NAMES = [
  `\u001b]0;${MARK}\u0007title`,
  '\u001b[2J\u001b[Hcleared',
  '\u001b[?1049l\u001bcreset',
  '\u009b2J8bit',
  '\u001bP0;1|17/ab\u001b\\dcs',
  'line\r\nbreak\u2028para\u2029graph\u0085next',
  'back\b\b\b\bspace',
  'tab\ttab',
  'null\0null',
  '\u202egnp.exe\u202c',
  '\u200b\ufeffnothing',
  'half\ud83d',
  '\udc00half',
  '\u{1f600}\u{1f469}\u200d\u{1f4bb}',
  '\u6f22\u5b57\u30af\u30e9\u30b9',
  'e\u0301\u0301\u0301',
  `<img src=x onerror="${MARK}()">`,
  '</script><script>',
  '"quotes\' and `ticks`',
  'x'.repeat(1_000_000),
  '\u6f22'.repeat(350_000),
];

/** Returns the text of the snapshot: an object for each name, its property of that name, and its secret. */
function hostile() {
  const strings = [''];
  const index = (text) => strings.push(text) - 1;
  const nodes = [];
  const edges = [];
  const node = (type, name, id, size, edgeCount) => nodes.push(NODE_TYPES.indexOf(type), index(name), id, size, edgeCount, 0, 0);
  const edge = (type, name, to) => edges.push(EDGE_TYPES.indexOf(type), name, to * NODE_FIELDS.length);
  const duplicates = 3;
  node('synthetic', '', 1, 0, 1);
  edge('shortcut', index('global'), 1);
  node('object', 'global', 3, 100, NAMES.length + duplicates);
  NAMES.forEach((name, i) => edge('property', index(name), 2 + 2 * i));
  for (let i = 0; i < duplicates; i += 1) edge('element', i, 2 + 2 * NAMES.length + i);
  NAMES.forEach((name, i) => {
    node('object', name, 5 + 4 * i, 1000 - i, 1);
    edge('property', index('secret'), 3 + 2 * i);
    node('string', `${SECRET} ${i} \u001b[31m${MARK}`, 7 + 4 * i, 40, 0);
  });
  for (let i = 0; i < duplicates; i += 1) node('string', `${SECRET} \u001b]52;c;${MARK}\u0007`, 5001 + 2 * i, 64, 0);
  return snapshotText({ nodeFields: NODE_FIELDS, nodes, edges, strings });
}

/** Writes it to `file`. */
function writeHostile(file) {
  fs.writeFileSync(file, hostile());
  return file;
}

module.exports = { MARK, NAMES, SECRET, writeHostile };
