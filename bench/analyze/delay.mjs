// Measures how long a program blocks its event loop while it analyses a large snapshot: the longest delay reported by
// monitorEventLoopDelay, for each query.
//
//     npm run bench:delay -- [--runs=3] [FILE]
//
// Without a FILE it generates one of about 1.1 GB. Of several runs it takes the one with the shortest maximum delay, because other
// load on the machine only adds to delays. The first row measures an idle loop.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate, warm } from './files.mjs';

// This process sends itself no signal.
process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const { default: heapdump } = await import('../../index.mjs');

/** Rows of the long lists. Each becomes a V8 object. */
const ROWS = 200_000;
/** Sampling interval in milliseconds; delays are the excess over it. */
const RESOLUTION_MS = 1;

const {
  values: options,
  positionals: [given],
} = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
});
const cache = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.cache/bench');
const file = given ?? path.join(cache, 'generated-1100MB.heapsnapshot');
if (!fs.existsSync(file)) generate(file, 172);
warm(file);

const ms = (nanoseconds) => (nanoseconds / 1e6).toFixed(1);
const lines = ['| | time, s | longest delay, ms | 99.9 % below, ms |', '|---|--:|--:|--:|'];

async function delays(work) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  histogram.disable();
  return { seconds, longest: histogram.max, p999: histogram.percentile(99.9) };
}

async function watch(what, work) {
  const runs = [];
  for (let run = 0; run < Number(options.runs); run++) runs.push(await delays(work));
  const [{ seconds, longest, p999 }] = runs.sort((a, b) => a.longest - b.longest);
  lines.push(`| ${what} | ${seconds.toFixed(2)} | ${ms(longest)} | ${ms(p999)} |`);
}

const second = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 1000);
  });

let snapshot;
await watch('nothing, for a second', second);
await watch('open()', async () => {
  snapshot?.close();
  snapshot = await heapdump.open(file);
});
await watch('open() with onProgress', async () => (await heapdump.open(file, { onProgress() {} })).close());
const {
  rows: [{ id }],
} = await snapshot.find({ type: 'closure', limit: 1 });
const [constructor] = (await snapshot.summary({ sort: 'count', limit: 1 })).rows;
await watch('summary()', () => snapshot.summary());
await watch('node()', () => snapshot.node(id));
await watch('pathsToRoot()', () => snapshot.pathsToRoot(id));
await watch(`find({ limit: ${ROWS} })`, () => snapshot.find({ limit: ROWS }));
await watch(`instances(…, { limit: ${ROWS} })`, () => snapshot.instances(constructor.classKey, { limit: ROWS }));
await watch('duplicateStrings({ limit: 1000 })', () => snapshot.duplicateStrings({ limit: 1000 }));
await watch('diff() with itself', () => heapdump.diff(snapshot, snapshot));
await watch('trend() of itself', () => heapdump.trend([snapshot, snapshot, snapshot]));
await watch('close(), and a second', () => {
  snapshot.close();
  return second();
});
console.log(
  `Node ${process.version}, ${os.cpus().length} cores, ${process.platform}-${process.arch}; ${path.basename(file)}, ${Math.round(fs.statSync(file).size / 1e6)} MB\n`,
);
console.log(lines.join('\n'));
