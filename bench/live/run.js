'use strict';
// npm run bench:live [-- --records N --runs N --node PATH]
// Compares the analysis of the running process with writing its snapshot, and with writing and opening it, each in a separate
// process, alternating. Prints ratios.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { median } = require('../median.js');
const { benchSetting } = require('../setting.js');

const options = benchSetting(100_000);
const { temporary, version } = options;
const METHODS = ['write a file', 'write a file, open it', 'snapshot()', 'analyze()', 'analyzeSync()'];

function measure(method) {
  const file = path.join(temporary, 'bench.heapsnapshot');
  fs.rmSync(file, { force: true });
  const args = ['--expose-gc', '--max-old-space-size=8000', path.join(__dirname, 'subject.js'), method, options.records, file];
  const env = { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal' };
  return JSON.parse(execFileSync(options.node, args, { encoding: 'utf8', env, maxBuffer: 1 << 20 }));
}

function print(samples) {
  const [written, opened] = METHODS.slice(0, 2).map((method) => samples.get(method));
  const rows = [['', 'time', 'x written', 'x opened', 'CPU', 'x written', 'peak RSS', 'x written']];
  for (const [method, taken] of samples) {
    // Ratios are taken run by run, because the speed of the machine drifts.
    const ratio = (pick, base) => median(taken.map((sample, i) => pick(sample) / pick(base[i]))).toFixed(2);
    const of = (pick) => median(taken.map(pick));
    rows.push([
      method,
      `${(of((s) => s.ms) / 1000).toFixed(2)} s`,
      ratio((s) => s.ms, written),
      ratio((s) => s.ms, opened),
      `${(of((s) => s.cpuMs) / 1000).toFixed(2)} s`,
      ratio((s) => s.cpuMs, written),
      `${Math.round(of((s) => s.rssPeak) / 1e6)} MB`,
      ratio((s) => s.rssPeak, written),
    ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

function main() {
  const samples = new Map(METHODS.map((method) => [method, []]));
  for (let run = 0; run < options.runs; run++) {
    for (const [method, taken] of samples) taken.push(measure(method));
  }
  const [{ heapUsed }] = samples.get('write a file');
  const [{ nodeCount }] = samples.get('analyze()');
  console.log(
    `${version}, ${os.cpus().length} cores, ${process.platform}-${process.arch}; heap ${Math.round(heapUsed / 1e6)} MB, ${nodeCount} objects; median of ${options.runs} runs, in turn`,
  );
  console.log('x written: times writing a file; x opened: times writing and opening it\n');
  print(samples);
}

try {
  main();
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}
