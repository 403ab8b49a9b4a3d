// `npm run bench:leak-cost -- OTHER [--scale N] [--rounds N]`: compares time and memory of `suspects` on three snapshots of one
// process with those of another version of this package in the folder OTHER, alternating. Prints the ratios of the medians.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from '../analyze/measure.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { median } = createRequire(import.meta.url)('../median.js');

const {
  positionals: [other],
  values,
} = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: '17' }, rounds: { type: 'string', default: '5' } },
});
if (other === undefined) throw new Error('which folder has the other version?');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-leak-cost-'));
try {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-old-space-size=8000', path.join(here, 'grow.js'), directory, values.scale],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error('the program that grows failed');
  const files = stdout.trim().split('\n');
  const bytes = files.map((file) => fs.statSync(file).size);
  console.log(`three snapshots: ${bytes.map((size) => `${(size / 1e6).toFixed(0)} MB`).join(', ')}`);
  const versions = { this: path.resolve(here, '../..'), other: path.resolve(other) };
  const runs = { this: [], other: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, folder] of Object.entries(versions)) {
      const run = await measure({
        command: process.execPath,
        args: [path.join(folder, 'bin/heapdump-rs.js'), 'suspects', ...files],
        isSilent: true,
      });
      // The exit code reports found leaks, so it does not show a failure.
      runs[name].push(run);
    }
  }
  const of = (name, key) => median(runs[name].map((run) => run[key]));
  for (const key of ['seconds', 'cpuSeconds', 'bytes']) {
    console.log(
      `${key.padEnd(10)}  this ${of('this', key).toFixed(2)}  other ${of('other', key).toFixed(2)}  ratio ${(of('this', key) / of('other', key)).toFixed(2)}`,
    );
  }
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}
