// npm @vscode/v8-heap-parser: Rust compiled to WebAssembly. It has no statistics.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const [modules, file] = process.argv.slice(2);
const { decode_bytes: decode } = createRequire(modules)('@vscode/v8-heap-parser');

const graph = decode(fs.readFileSync(file));
const groups = graph.get_class_groups(0, 2 ** 31, false);
let total = 0n;
for (const group of groups) total += group.self_size;
console.log(JSON.stringify({ rows: groups.length, total: Number(total) }));
