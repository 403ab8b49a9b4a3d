// Measures `heapdump-rs export` against `heapdump-rs summary` of the same snapshot, as whole processes, alternating, from the page
// cache. `summary` is the engine: it reads the file and calculates retained sizes, which the export does too.
//
//     npm run bench:export -- [--runs=5] [FILE...]
//
// Without a FILE it generates one of about 110 MB.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { counts, generated, warm } from '../analyze/files.mjs';
import { measure } from '../analyze/measure.mjs';
import { median } from '../median.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const program = path.resolve(here, '../../bin/heapdump-rs.js');
const hook = path.resolve(here, '../analyze/report.cjs');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' } },
});

const command = (...args) => ({ command: process.execPath, args: ['-r', hook, program, ...args, '--json'] });

/** Name -> the command, which may write below `to`. */
const PROGRAMS = {
  summary: (file) => command('summary', file),
  export: (file, to) => command('export', file, '--to', to),
  'export --graph': (file, to) => command('export', file, '--to', to, '--graph'),
};

const bytesBelow = (directory) =>
  fs
    .readdirSync(directory, { recursive: true })
    .map((name) => fs.statSync(path.join(directory, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);

/** Returns the runs of each program. An unmeasured run precedes each, as in bench/analyze/run.mjs. */
async function race(file, to) {
  const results = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, []]));
  for (let round = 0; round < Number(options.runs); round++) {
    for (const [name, start] of Object.entries(PROGRAMS)) {
      await measure(start(file, to));
      const result = await measure(start(file, to));
      if (result.failed) throw new Error(`${name} failed`);
      results[name].push(result);
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return results;
}

function table(results) {
  const lines = ['| | wall, s | x | CPU, s | x | peak RSS, MB | x |', '|---|--:|--:|--:|--:|--:|--:|'];
  for (const [name, runs] of Object.entries(results)) {
    const cells = [
      ['seconds', 1, 2],
      ['cpuSeconds', 1, 2],
      ['bytes', 1e6, 0],
    ].flatMap(([key, unit, digits]) => {
      const ratio = median(runs.map((run, i) => run[key] / results.summary[i][key]));
      return [(median(runs.map((run) => run[key])) / unit).toFixed(digits), ratio.toFixed(2)];
    });
    lines.push(`| ${name} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

console.log(
  `Node ${process.version}, ${os.cpus().length} cores, ${process.platform}-${process.arch}; median of ${options.runs} runs.`,
);
for (const file of positionals.length > 0 ? positionals : [generated(110)]) {
  warm(file);
  const { nodes, edges } = counts(file);
  const size = fs.statSync(file).size;
  const to = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-bench-'));
  try {
    const results = await race(file, to);
    const written = bytesBelow(to);
    console.log(`\n${path.basename(file)}: ${(size / 1e6).toFixed(1)} MB, ${nodes} nodes, ${edges} edges`);
    console.log(
      `tables: ${(written / 1e6).toFixed(1)} MB, ${((100 * written) / size).toFixed(0)} % of the snapshot\n\n${table(results)}`,
    );
  } finally {
    fs.rmSync(to, { recursive: true, force: true });
  }
}
