// Measures how long the event loop of a program stands still while it analyses a large snapshot: the longest delay that
// monitorEventLoopDelay sees, for each thing that it asks.
//
//     npm run bench:delay -- [FILE]
//
// Without a FILE it generates one of about 1.1 GB.
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

/** Rows of the long lists: objects of V8 are made of each. */
const ROWS = 200_000;
/** How often the loop is looked at, in ms; delays are what exceeds it. */
const RESOLUTION = 1;

const { positionals: [given] } = parseArgs({ allowPositionals: true });
const cache = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.cache/bench');
const file = given ?? path.join(cache, 'generated-1100MB.heapsnapshot');
if (!fs.existsSync(file)) generate(file, 172);
warm(file);

const ms = (nanoseconds) => (nanoseconds / 1e6).toFixed(1);
const lines = ['| | time, s | longest delay, ms | 99.9 % below, ms |', '|---|--:|--:|--:|'];

async function watched(what, work) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  histogram.disable();
  lines.push(`| ${what} | ${seconds.toFixed(2)} | ${ms(histogram.max)} | ${ms(histogram.percentile(99.9))} |`);
  return result;
}

await watched('nothing, for a second', () => new Promise((resolve) => { setTimeout(resolve, 1000); }));
const snapshot = await watched('open()', () => heapdump.open(file));
await watched('open() with onProgress', async () => (await heapdump.open(file, { onProgress() {} })).close());
await watched('summary()', () => snapshot.summary());
await watched('duplicateStrings({ limit: 100 })', () => snapshot.duplicateStrings({ limit: 100 }));
const { rows: [{ id }] } = await watched('find({ type: \'closure\', limit: 1 })', () => snapshot.find({ type: 'closure', limit: 1 }));
await watched('node(), the first', () => snapshot.node(id));
await watched('pathsToRoot()', () => snapshot.pathsToRoot(id));
await watched(`find({ limit: ${ROWS} })`, () => snapshot.find({ limit: ROWS }));
await watched('diff() with itself', () => heapdump.diff(snapshot, snapshot));
await watched('trend() of itself', () => heapdump.trend([snapshot, snapshot, snapshot]));
await watched('close(), and a second', async () => {
  snapshot.close();
  await new Promise((resolve) => { setTimeout(resolve, 1000); });
});
console.log(`Node ${process.version}, ${os.cpus().length} cores, ${process.platform}-${process.arch}; ${path.basename(file)}, ${Math.round(fs.statSync(file).size / 1e6)} MB\n`);
console.log(lines.join('\n'));
