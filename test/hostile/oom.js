'use strict';
// Lets the heap grow in every shape until V8 runs out of memory, under `watch()`:
// `node test/hostile/oom.js [--limit MB]... [--way steps|loop]... [--only PATTERN] [NODE...]`.
//
// Each process must leave one complete snapshot, or report an error, and end like one without `watch()`. Prints a table.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { cleanEnvironment } = require('../support/app.js');
const { partials, seen, snapshots } = require('../support/temporary.js');
const { shapes } = require('./growth.js');

const PROGRAM = path.join(__dirname, 'growth.js');
const RUN_TIMEOUT_MS = 600_000;
const CHILD_TIMEOUT_MS = 600_000;
const WAYS = ['steps', 'loop'];

/** Runs one process until its end. Returns `{ code, signal, stderr, files }`. */
async function run(node, directory, { shape, way, limit, isWatched }) {
  const env = { ...cleanEnvironment(), NODE_HEAPDUMP_OPTIONS: 'nosignal' };
  if (isWatched) env.HEAPDUMP_GROWTH_WATCH = '1';
  const child = spawn(node, [`--max-old-space-size=${limit}`, PROGRAM, shape, way], {
    cwd: directory,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(watchdog);
  return { code, signal, stderr };
}

/**
 * Resolves with the names of the snapshot and of unfinished files in `directory`. The child of a dead process may still be writing.
 */
async function filesIn(directory) {
  const timeout = setTimeout(() => fs.writeFileSync(path.join(directory, 'late'), ''), CHILD_TIMEOUT_MS);
  await seen(directory, () => partials(directory).length === 0 || fs.existsSync(path.join(directory, 'late')));
  clearTimeout(timeout);
  return { partial: partials(directory)[0], snapshot: snapshots(directory)[0] };
}

/** Returns the reason of the dump. There is no sidecar if the process died before its child was done. */
function reasonOf(file) {
  try {
    return JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).reason;
  } catch {
    return 'watch: nearHeapLimit';
  }
}

/** Returns whether the snapshot is complete and contains the grown object. */
async function isWhole(file) {
  let last = '';
  let hasGrown = false;
  for await (const text of fs.createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const seam = last + text;
    hasGrown ||= seam.includes('"Grown"');
    last = seam.slice(-64);
  }
  return hasGrown && /\]\s*\}\s*$/.test(last);
}

/** Returns the result in one word, and the problem, if any. */
async function outcome(node, job) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-oom-'));
  try {
    const { code, signal, stderr } = await run(node, directory, { ...job, isWatched: true });
    const { partial, snapshot: name } = await filesIn(directory);
    const end = signal ?? code;
    // An array can reach its maximum length in the extra heap granted for the dump.
    if (signal !== 'SIGABRT' && code !== 134 && !/^RangeError: Invalid array length/m.test(stderr))
      return { word: 'fault', wrong: `ended with ${end}: ${stderr.slice(-1000)}` };
    if (partial) return { word: 'fault', wrong: `left ${partial}: ${stderr.slice(-1000)}` };
    const line = /^heapdump-rs: dump failed: .*$/m.exec(stderr)?.[0];
    const where = /^FATAL ERROR: (.*?)(?: Allocation failed.*| - JavaScript heap.*)?$/m.exec(stderr)?.[1];
    if (name !== undefined) {
      const whole = await isWhole(path.join(directory, name));
      return whole ? { word: reasonOf(path.join(directory, name)), where } : { word: 'fault', wrong: 'the snapshot is not whole' };
    }
    return line
      ? { word: 'a line', where, line }
      : { word: 'nothing', where, wrong: `no snapshot and no line: ${stderr.slice(0, 1500)}` };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string', multiple: true, default: ['120', '400'] },
      way: { type: 'string', multiple: true, default: WAYS },
      only: { type: 'string', default: '.' },
    },
  });
  let faults = 0;
  for (const node of positionals.length ? positionals : [process.execPath]) {
    for (const limit of values.limit) {
      for (const shape of Object.keys(shapes).filter((name) => new RegExp(values.only).test(name))) {
        for (const way of values.way) {
          const started = Date.now();
          const { word, where, line, wrong } = await outcome(node, { shape, way, limit });
          if (wrong) faults += 1;
          console.log(
            [
              path.basename(path.resolve(node, '../../../..')),
              limit,
              shape,
              way,
              word,
              `${Math.round((Date.now() - started) / 1000)} s`,
              where ?? '',
              line ?? wrong ?? '',
            ].join(' | '),
          );
        }
      }
    }
  }
  if (faults) process.exitCode = 1;
}

main();
