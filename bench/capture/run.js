'use strict';
// npm run bench:capture [-- --records N --runs N --node PATH]
// Compares time, pause and peak memory of a dump with v8.writeHeapSnapshot and heapdump, each in a separate process, alternating;
// then the cost of `require`. Prints ratios.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { median } = require('../median.js');
const { benchSetting } = require('../setting.js');

const options = benchSetting(300_000);
const { runs, temporary, version } = options;
// An addon like heapdump's is compiled for one version of Node.
const cache = path.join(__dirname, '..', '..', '.cache', 'bench-capture', version);

const BASE = 'v8.writeHeapSnapshot';
const FORKED = process.platform === 'linux' ? ['heapdump-rs fork', 'heapdump-rs fork, not comparable'] : [];
const METHODS = [BASE, 'heapdump', 'heapdump-rs writeSnapshot', 'heapdump-rs dump', ...FORKED];

function main() {
  const peers = installPeers();
  console.log(`${version}, ${options.records} records, median of ${runs} runs, each method in turn`);
  const samples = new Map(METHODS.filter((m) => m !== 'heapdump' || peers).map((method) => [method, []]));
  for (let run = 0; run < runs; run++) {
    for (const [method, taken] of samples) taken.push(measure(method));
  }
  printDumps(samples);
  printRequires(peers);
}

/** `heapdump` is compiled at installation. Where that fails (Node 26), it is left out. */
function installPeers() {
  const built = path.join(cache, 'node_modules', 'heapdump', 'build', 'Release', 'addon.node');
  try {
    if (!fs.existsSync(built)) {
      fs.mkdirSync(cache, { recursive: true });
      fs.writeFileSync(path.join(cache, 'package.json'), '{"private":true}');
      // Without the settings of this repository, which hand themselves down: scripts must run.
      const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('npm_')));
      const bin = path.dirname(fs.realpathSync(options.node));
      // The headers that come with that Node, and not those of the one that runs npm.
      Object.assign(env, { npm_config_nodedir: path.dirname(bin), PATH: bin + path.delimiter + env.PATH });
      execFileSync('npm', ['install', '--ignore-scripts=false', 'heapdump@0.3.15'], { cwd: cache, env, stdio: 'ignore' });
    }
    execFileSync(options.node, ['-e', `require(${JSON.stringify(built)})`], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('heapdump does not compile or load here: left out');
    return false;
  }
}

function measure(method) {
  const out = path.join(temporary, 'bench.heapsnapshot');
  fs.rmSync(out, { force: true });
  const args = ['--expose-gc', '--max-old-space-size=8000', path.join(__dirname, 'subject.js'), method, options.records, out];
  const env = { ...process.env, BENCH_PEERS: cache };
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

/** Measures the cost of loading: time and memory of `require` alone. */
function printRequires(peers) {
  const subjects = [
    ['nothing', '""'],
    ['heapdump-rs', JSON.stringify(path.join(__dirname, '..', '..'))],
  ];
  if (peers) subjects.push(['heapdump', JSON.stringify(path.join(cache, 'node_modules', 'heapdump'))]);
  subjects.push(['its addon alone', JSON.stringify(path.join(__dirname, '..', '..', 'lib', 'binding.js'))]);
  const rows = [['require', 'fastest of 20', 'RSS']];
  for (const [name, request] of subjects) {
    const script = `const rss = process.memoryUsage.rss(); const t = performance.now(); ${request} && require(${request});
      process.stdout.write(JSON.stringify([performance.now() - t, process.memoryUsage.rss() - rss]))`;
    const taken = Array.from({ length: 20 }, () => JSON.parse(execFileSync(options.node, ['-e', script], { encoding: 'utf8' })));
    rows.push([
      name,
      `${Math.min(...taken.map(([ms]) => ms)).toFixed(1)} ms`,
      `+${(median(taken.map(([, rss]) => rss)) / 1e6).toFixed(1)} MB`,
    ]);
  }
  console.log();
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
