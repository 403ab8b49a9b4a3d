'use strict';
// node bench/capture/calibrate.js [NODE...]
// Measures what a dump of each heap shape needs, and compares it with `estimate()`. Prints a table for each Node, then the best
// fitting constants: those of lib/capture/headroom.js come from here.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const shapes = require('./shapes.js');

const [mode, shape] = process.argv.slice(2);
if (mode === '--one-inline' || mode === '--one-fork') measure(mode.slice(6), shape);
else main(process.argv.length > 2 ? process.argv.slice(2) : [process.execPath]);

/** Takes one dump in a separate process. */
async function measure(mode, shape) {
  process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
  const heapdump = require('../../index.js');
  globalThis.retained = shapes[shape]();
  globalThis.gc();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-calibrate-'));
  const file = path.join(directory, 'a.heapsnapshot');
  const estimate = heapdump.estimate({ dir: directory });
  const spaces = Object.fromEntries(v8.getHeapSpaceStatistics().map((s) => [s.space_name, s.space_used_size]));
  const before = process.memoryUsage.rss();
  let child = 0;
  // Infrequent, because the child waits while the kernel adds up its pages.
  const look = () => {
    try {
      for (const pid of fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)) {
        const fields = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+:\s+(\d+)/gm);
        child = Math.max(
          child,
          [...fields].reduce((sum, [, kb]) => sum + kb * 1024, 0),
        );
      }
    } catch {
      /* it has just ended */
    }
  };
  const timer = mode === 'fork' && setInterval(look, 300);
  const result = await heapdump.dump({ path: file, mode, fallback: false, force: true });
  clearInterval(timer);
  globalThis.gc();
  const learned = heapdump.estimate({ dir: directory });
  const memory = mode === 'fork' ? child : process.resourceUsage().maxRSS * 1024 - before;
  const { bytes, pauseMs } = result;
  fs.rmSync(directory, { recursive: true });
  process.stdout.write(JSON.stringify({ spaces, estimate, learned, memory, bytes, pauseMs }));
}

function main(nodes) {
  const all = [];
  for (const node of nodes) {
    console.log(`\n${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}: measured (estimated)`);
    console.log(
      `${'shape'.padEnd(30)}${['heap MB', 'inline MB', 'fork MB', 'file MB', 'inline ms', 'fork ms'].map((text) => text.padStart(15)).join('')}`,
    );
    for (const shape of Object.keys(shapes)) {
      const [inline, fork] = ['inline', 'fork'].map((mode) =>
        JSON.parse(
          execFileSync(node, ['--expose-gc', '--max-old-space-size=4000', __filename, `--one-${mode}`, shape], {
            encoding: 'utf8',
          }),
        ),
      );
      const { estimate } = inline;
      all.push({ shape, spaces: inline.spaces, inline, fork });
      const mb = (bytes) => Math.round(bytes / 1e6);
      const cells = [
        mb(estimate.heapBytes),
        `${mb(inline.memory)} (${mb(estimate.inline.memoryBytes)})`,
        `${mb(fork.memory)} (${mb(estimate.fork.memoryBytes)})`,
        `${mb(inline.bytes)} (${mb(estimate.fileBytes)})`,
        `${Math.round(inline.pauseMs)} (${Math.round(estimate.inline.pauseMs)})`,
        `${Math.round(fork.pauseMs)} (${Math.round(estimate.fork.pauseMs)})`,
      ];
      console.log(shape.padEnd(30) + cells.map((cell) => String(cell).padStart(15)).join(''));
    }
  }
  summarize(all);
}

/** Prints the error of the estimates, and a least squares fit of the logarithms by one factor. */
function summarize(all) {
  const pairs = {
    'inline memory': (m) => [m.inline.memory, m.inline.estimate.inline.memoryBytes],
    'fork memory': (m) => [m.fork.memory, m.fork.estimate.fork.memoryBytes],
    'inline memory, second': (m) => [m.inline.memory, m.inline.learned.inline.memoryBytes],
    'fork memory, second': (m) => [m.fork.memory, m.fork.learned.fork.memoryBytes],
    file: (m) => [m.inline.bytes, m.inline.estimate.fileBytes],
    'inline pause': (m) => [m.inline.pauseMs, m.inline.estimate.inline.pauseMs],
    'fork pause': (m) => [m.fork.pauseMs, m.fork.estimate.fork.pauseMs],
  };
  console.log('\nestimated / measured: lowest, median, highest');
  for (const [name, pick] of Object.entries(pairs)) {
    const ratios = all.map((m) => pick(m)[1] / pick(m)[0]).sort((a, b) => a - b);
    console.log(
      `${name.padEnd(24)}${[ratios[0], ratios[ratios.length >> 1], ratios.at(-1)].map((ratio) => ratio.toFixed(2).padStart(8)).join('')}`,
    );
  }
  const sums = all.map((m) => ({ ...m, small: small(m.spaces), large: large(m.spaces) }));
  console.log('\nper byte of small objects, and of large ones (least squares, not below 0):');
  for (const [name, pick] of Object.entries(pairs)) {
    const [a, b] = fit(sums.map((m) => [m.small, m.large, pick(m)[0]]));
    console.log(`${name.padEnd(24)}${a.toPrecision(3).padStart(12)}${b.toPrecision(3).padStart(12)}`);
  }
}

function small(spaces) {
  return Object.entries(spaces)
    .filter(([name]) => !isLarge(name))
    .reduce((sum, [, size]) => sum + size, 0);
}

function large(spaces) {
  return Object.entries(spaces)
    .filter(([name]) => isLarge(name))
    .reduce((sum, [, size]) => sum + size, 0);
}

function isLarge(name) {
  return name.includes('large_object');
}

/** Fits z = a x + b y with a, b >= 0. */
function fit(rows) {
  const sum = (f) => rows.reduce((total, row) => total + f(...row), 0);
  const [xx, xy, yy, xz, yz] = [
    sum((x) => x * x),
    sum((x, y) => x * y),
    sum((x, y) => y * y),
    sum((x, y, z) => x * z),
    sum((x, y, z) => y * z),
  ];
  const determinant = xx * yy - xy * xy;
  const [a, b] = [(xz * yy - yz * xy) / determinant, (xx * yz - xy * xz) / determinant];
  if (b < 0) return [xz / xx, 0];
  return a < 0 ? [0, yz / yy] : [a, b];
}
