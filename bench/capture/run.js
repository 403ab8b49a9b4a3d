'use strict';
// npm run bench:capture [-- --records N --runs N --node PATH]
// Compares time, pause and peak memory of a dump with v8.writeHeapSnapshot and heapdump, each in a separate process, alternating.
// Prints ratios.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { installPeers, peersFor } = require('./peers.js');
const { median } = require('../median.js');
const { benchSetting } = require('../setting.js');

const options = benchSetting(300_000);
const { runs, temporary, version } = options;
const peers = peersFor(version);

const BASE = 'v8.writeHeapSnapshot';
const FORKED = process.platform === 'linux' ? ['heapdump-rs fork', 'heapdump-rs fork, not comparable'] : [];
const METHODS = [BASE, 'heapdump', 'heapdump-rs writeSnapshot', 'heapdump-rs dump', ...FORKED];

function main() {
  const hasPeers = installPeers(peers, options.node);
  console.log(`${version}, ${options.records} records, median of ${runs} runs, each method in turn`);
  const samples = new Map(METHODS.filter((m) => m !== 'heapdump' || hasPeers).map((method) => [method, []]));
  for (let run = 0; run < runs; run++) {
    for (const [method, taken] of samples) taken.push(measure(method));
  }
  printDumps(samples);
}

function measure(method) {
  const out = path.join(temporary, 'bench.heapsnapshot');
  fs.rmSync(out, { force: true });
  const args = ['--expose-gc', '--max-old-space-size=8000', path.join(__dirname, 'subject.js'), method, options.records, out];
  const env = { ...process.env, BENCH_PEERS: peers };
  return JSON.parse(execFileSync(options.node, args, { encoding: 'utf8', env, maxBuffer: 1 << 20 }));
}

function printDumps(samples) {
  const base = samples.get(BASE);
  const rows = [['method', 'time', 'x', 'CPU', 'x', 'pause', 'x', 'peak RSS', 'x', 'file']];
  for (const [method, taken] of samples) {
    // Ratios are taken run by run, because the speed of the machine drifts.
    const ratio = (pick) => median(taken.map((sample, i) => pick(sample) / pick(base[i]))).toFixed(2);
    const of = (pick) => median(taken.map(pick));
    rows.push([
      method,
      `${(of((s) => s.ms) / 1000).toFixed(2)} s`,
      ratio((s) => s.ms),
      `${(of((s) => s.cpuMs) / 1000).toFixed(2)} s`,
      ratio((s) => s.cpuMs),
      `${(of((s) => s.pauseMs) / 1000).toFixed(2)} s`,
      ratio((s) => s.pauseMs),
      `${Math.round(of((s) => s.rssPeak) / 1e6)} MB`,
      ratio((s) => s.rssPeak),
      `${Math.round(of((s) => s.bytes) / 1e6)} MB`,
    ]);
  }
  const { heapUsed, rssBefore } = base[0];
  console.log(`heap ${Math.round(heapUsed / 1e6)} MB, RSS before the dump ${Math.round(rssBefore / 1e6)} MB; x: times ${BASE}\n`);
  printTable(rows);
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '));
  }
}

try {
  main();
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}
