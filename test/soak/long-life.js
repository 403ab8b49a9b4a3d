'use strict';
// `npm run test:soak-life [-- --rounds N] [NODE...]`: 300 dumps of each kind in one process. Afterwards its descriptors, threads,
// children and mappings, its memory and the delay of its event loop must be as they were after 10.
//
// Each kind runs in a separate process, so that leftovers are attributed to the right kind.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');
const heapdump = require('../..');
const { onEach } = require('./on-each.js');

/** Number of dumps before the baseline, for one-time allocations. */
const WARMUP = 10;

/** Maximum growth of the process's memory, in MB. V8 keeps a record of at least 24 bytes for each object that got an id. */
const TOLERANCE_MB = 12;

/** Maximum number of mappings that the allocator may add, because it caches memory per thread. */
const TOLERANCE_MAPPINGS = 40;

/** Delay of the idle event loop, in milliseconds. */
const TOLERANCE_DELAY_MS = 15;

/** The dump functions by kind. Each returns the paths that were written. */
const KINDS = {
  inline: () => dumped({ mode: 'inline' }),
  'inline, gzip and sidecar': () => dumped({ mode: 'inline', compress: 'gzip', sidecar: true }),
  'inline, zstd': () => dumped({ mode: 'inline', compress: 'zstd' }),
  'inline, strict': () => dumped({ mode: 'inline', redact: 'strict' }),
  'inline, sources': () => dumped({ mode: 'inline', sources: true }),
  'writeSnapshot()': () => heapdump.writeSnapshot(path.resolve('own.heapsnapshot')),
  fork: () => dumped({ mode: 'fork' }),
  'fork, not comparable': () => dumped({ mode: 'fork', comparable: false }),
  'fork, gzip and strict': () => dumped({ mode: 'fork', compress: 'gzip', redact: 'strict' }),
  signal: async () => {
    const dumped = nextDump();
    process.kill(process.pid, 'SIGUSR2');
    fs.unlinkSync((await dumped).path);
  },
  'signal, stuck': async () => {
    const dumped = nextDump();
    process.kill(process.pid, 'SIGUSR2');
    // Until the interrupt has taken the snapshot.
    while (!fs.readdirSync('.').some((name) => name.endsWith('.heapsnapshot')));
    fs.unlinkSync((await dumped).path);
  },
  'a dump that fails': async () => {
    await assert.rejects(heapdump.dump({ mode: 'fork', path: '/nowhere/at/all.heapsnapshot' }), { code: 'ENOENT' });
  },
};

function nextDump() {
  return new Promise((resolve) => {
    heapdump.once('dump', resolve);
  });
}

async function dumped(options) {
  const result = await heapdump.dump(options);
  for (const name of fs.readdirSync('.')) fs.unlinkSync(name);
  return result;
}

const entries = (directory) => fs.readdirSync(directory).length;

/** Returns the resources of the idle process. */
async function look() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await sleep(50);
  }
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await sleep(300);
  histogram.disable();
  return {
    residentMb: process.memoryUsage.rss() / 1e6,
    descriptors: entries('/proc/self/fd'),
    threads: entries('/proc/self/task'),
    children: fs
      .readdirSync('/proc/self/task')
      .flatMap((thread) => fs.readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean)).length,
    mappings: fs.readFileSync('/proc/self/maps', 'utf8').split('\n').length,
    delayMs: histogram.percentile(99) / 1e6,
    heapMb: process.memoryUsage().heapUsed / 1e6,
  };
}

async function live(kind, rounds) {
  if (kind.startsWith('signal')) heapdump.install({ mode: kind === 'signal' ? 'fork' : 'inline', wedgedAfterMs: 1, quiet: true });
  const again = KINDS[kind];
  // A signal does not keep the process alive.
  setInterval(() => {}, 1 << 30);
  for (let i = 0; i < WARMUP; i++) await again();
  const before = await look();
  for (let i = WARMUP; i < rounds; i++) await again();
  const after = await look();
  const shown = Object.keys(after).map((name) => {
    const digits = /Mb|Ms/.test(name) ? 1 : 0;
    return `${name} ${before[name].toFixed(digits)} → ${after[name].toFixed(digits)}`;
  });
  console.log(`${process.version}  ${kind}: ${shown.join(', ')}`);
  for (const name of ['descriptors', 'threads', 'children']) assert.equal(after[name], before[name], `${kind}: ${name}`);
  assert.ok(after.mappings <= before.mappings + TOLERANCE_MAPPINGS, `${kind}: mappings`);
  assert.ok(after.residentMb <= before.residentMb + TOLERANCE_MB, `${kind}: memory`);
  assert.ok(after.delayMs <= before.delayMs + TOLERANCE_DELAY_MS, `${kind}: delay`);
  process.exit();
}

if (process.env.HEAPDUMP_TEST_KIND) {
  live(process.env.HEAPDUMP_TEST_KIND, Number(process.argv[2]));
} else {
  onEach(__filename, 300, (rounds) => {
    for (const kind of Object.keys(KINDS)) {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-life-'));
      const env = { ...process.env, HEAPDUMP_TEST_KIND: kind, NODE_HEAPDUMP_OPTIONS: '', HEAPDUMP_DIR: '' };
      const { status } = spawnSync(process.execPath, ['--expose-gc', __filename, String(rounds)], {
        cwd: directory,
        env,
        stdio: 'inherit',
      });
      fs.rmSync(directory, { recursive: true });
      if (status !== 0) process.exitCode = 1;
    }
  });
}
