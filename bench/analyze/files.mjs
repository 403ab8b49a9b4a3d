// The measured snapshots.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const generator = path.join(here, 'generate.js');
const cache = path.resolve(here, '../../.cache/bench');

/** File size in MB -> scale of generate.js that produces about this size. */
const SCALES = new Map([
  [5, 0],
  [110, 17],
  [1100, 172],
]);

/** Returns the path of a generated snapshot of 5, 110 or 1100 MB. */
export function generated(megabytes) {
  const file = path.join(cache, `generated-${megabytes}MB.heapsnapshot`);
  if (!fs.existsSync(file)) generate(file, SCALES.get(megabytes));
  return file;
}

/** Generates a snapshot; see generate.js for the scale. */
export function generate(file, scale) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  execFileSync(process.execPath, ['--expose-gc', '--max-old-space-size=12000', generator, temporary, String(scale)], {
    stdio: ['ignore', 2, 2],
  });
  fs.renameSync(temporary, file);
}

/** Reads the file once, so that all programs find it in the page cache. */
export function warm(file) {
  const handle = fs.openSync(file, 'r');
  const buffer = Buffer.alloc(1 << 22);
  while (fs.readSync(handle, buffer) > 0);
  fs.closeSync(handle);
}

/** Returns the numbers of nodes and edges in the header of a snapshot. */
export function counts(file) {
  const handle = fs.openSync(file, 'r');
  const buffer = Buffer.alloc(1 << 14);
  fs.readSync(handle, buffer);
  fs.closeSync(handle);
  const header = buffer.toString('latin1');
  const count = (name) => Number(new RegExp(`"${name}":\\s*(\\d+)`).exec(header)?.[1]);
  return { nodes: count('node_count'), edges: count('edge_count') };
}
