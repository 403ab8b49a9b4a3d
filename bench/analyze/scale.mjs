// Measures how cost grows with size: analyses generated heaps of increasing size as whole processes, and prints the cost per node,
// without the cost of Node itself.
//
//     npm run bench:scale -- [--runs=5] [--huge]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { counts, generate } from './files.mjs';
import { median } from '../median.js';
import { measure } from './measure.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const program = path.resolve(here, '../../bin/heapdump-rs.js');
const hook = path.join(here, 'report.cjs');
/** Scales of generate.js: about 0.14, 0.5, 1.5 and, with --huge, 10 million nodes. */
const SCALES = [1, 5, 16];
const HUGE = 112;

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, huge: { type: 'boolean', default: false } },
});

async function cost(...args) {
  const results = [];
  for (let i = 0; i < Number(options.runs); i++) {
    const result = await measure({ command: process.execPath, args: ['-r', hook, program, ...args] });
    if (result.failed) throw new Error(`heapdump-rs ${args.join(' ')} failed`);
    results.push(result);
  }
  return {
    cpuSeconds: median(results.map((result) => result.cpuSeconds)),
    bytes: median(results.map((result) => result.bytes)),
  };
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-scale-'));
try {
  const idle = await cost('--version');
  const rows = [];
  for (const scale of [...SCALES, ...(options.huge ? [HUGE] : [])]) {
    const file = path.join(folder, `${scale}.heapsnapshot`);
    generate(file, scale);
    const { cpuSeconds, bytes } = await cost('summary', file, '--json');
    const { nodes } = counts(file);
    fs.rmSync(file);
    rows.push({ nodes, micros: ((cpuSeconds - idle.cpuSeconds) / nodes) * 1e6, bytes: (bytes - idle.bytes) / nodes });
  }
  const [first] = rows;
  console.log(
    '| nodes | CPU, \u00b5s a node | memory, bytes a node | CPU, of the first | memory, of the first |\n|--:|--:|--:|--:|--:|',
  );
  for (const { nodes, micros, bytes } of rows) {
    const cells = [
      nodes,
      micros.toFixed(3),
      bytes.toFixed(1),
      `${(micros / first.micros).toFixed(2)}x`,
      `${(bytes / first.bytes).toFixed(2)}x`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
} finally {
  fs.rmSync(folder, { recursive: true });
}
