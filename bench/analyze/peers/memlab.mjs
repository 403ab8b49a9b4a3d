// npm @memlab/heap-analysis. It has no table of constructors, so one is computed from its nodes.
import { createRequire } from 'node:module';

const [modules, file] = process.argv.slice(2);
const { getFullHeapFromFile } = createRequire(modules)('@memlab/heap-analysis');

const heap = await getFullHeapFromFile(file);
const rows = new Map();
let total = 0;
heap.nodes.forEach((node) => {
  let row = rows.get(node.name);
  if (!row) rows.set(node.name, (row = { name: node.name, count: 0, self: 0, retained: 0 }));
  row.count++;
  row.self += node.self_size;
  row.retained = Math.max(row.retained, node.retainedSize);
  total += node.self_size;
});
const sorted = [...rows.values()].sort((a, b) => b.retained - a.retained);
console.log(JSON.stringify({ rows: sorted.length, total }));
process.exit(0);
