// Measures the analysis (Summary with retained sizes, and Statistics) of heap snapshots as whole processes, ours and others',
// alternating, from the page cache. Prints a table with ratios.
//
// Each measured run follows an unmeasured run of the same program. Virtual machines return unused memory to the host, and the first
// access to such a page costs more than everything that a program does with it. Without the unmeasured run, the result would depend
// on which program ran last, and when.
//
//     npm run bench:analyze -- [--runs=5] [--only=TEXT] [--native=PATH] [FILE...]
//
// Without a FILE it generates one of about 5 MB and one of about 110 MB; --huge adds 1.1 GB.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contestants } from './contestants.mjs';
import { counts, generated, warm } from './files.mjs';
import { median } from '../median.js';
import { measure } from './measure.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    native: { type: 'string' },
    huge: { type: 'boolean', default: false },
  },
});

async function race(list, file, runs) {
  const results = new Map(list.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (const { name, start } of list) {
      const earlier = results.get(name);
      if (earlier.some((result) => result.failed)) continue; // it will not succeed the next time either
      await measure(start(file));
      earlier.push(await measure(start(file)));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return results;
}

function table(results) {
  const summarize = (list) => {
    const column = (name) => median(list.map((result) => result[name] ?? NaN));
    return list.some((result) => result.failed)
      ? null
      : {
          seconds: column('seconds'),
          cpuSeconds: column('cpuSeconds'),
          bytes: column('bytes'),
        };
  };
  const [ours] = [...results.values()].map(summarize);
  const lines = ['| | wall, s | CPU, s | peak RSS, MB | our wall is | our CPU is | our RSS is |', '|---|--:|--:|--:|--:|--:|--:|'];
  for (const [name, list] of results) {
    const one = summarize(list);
    const ratio = (key) => (ours === null ? '' : `${(ours[key] / one[key]).toFixed(3)}x`);
    const cells =
      one === null
        ? ['fails', '', '', '', '', '']
        : [
            one.seconds.toFixed(3),
            one.cpuSeconds.toFixed(2),
            (one.bytes / 1e6).toFixed(0),
            ratio('seconds'),
            ratio('cpuSeconds'),
            ratio('bytes'),
          ];
    lines.push(`| ${name} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

const files = positionals.length > 0 ? positionals : [5, 110, ...(options.huge ? [1100] : [])].map(generated);
const all = await contestants({ heapMegabytes: Math.floor((os.totalmem() / 2 ** 20) * 0.8), native: options.native });
const list = all.filter(({ name }, i) => i === 0 || !options.only || options.only.some((text) => name.includes(text)));
console.log(
  `Node ${process.version}, ${os.cpus().length} cores, ${process.platform}-${process.arch}; median of ${options.runs} runs.`,
);
for (const file of files) {
  warm(file);
  const { nodes, edges } = counts(file);
  const size = (fs.statSync(file).size / 1e6).toFixed(1);
  const results = await race(list, file, Number(options.runs));
  console.log(`\n${path.basename(file)}: ${size} MB, ${nodes} nodes, ${edges} edges\n\n${table(results)}`);
}
