'use strict';
// npm run bench:require [-- --runs N --node PATH]
// Compares the time that `require` takes with `heapdump`, in separate processes, in turn: of the package as it is published, and of the
// files of the checkout. First in an empty program, then in one that has loaded node:http, as a service has.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { copyPublished } = require('../release/core.js');
const { installPeers, peersFor } = require('./capture/peers.js');
const { median } = require('./median.js');

const ROOT = path.join(__dirname, '..');
const BASE = 'heapdump';

const { node, runs } = parseArgs({
  options: { node: { type: 'string', default: process.execPath }, runs: { type: 'string', default: '20' } },
}).values;
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-bench-'));

/** Returns the milliseconds that `require(request)` takes in a new process, after `before`. */
function measure(before, request) {
  const program = path.join(temporary, 'program.cjs');
  fs.writeFileSync(
    program,
    `${before} const { performance } = require('node:perf_hooks');
    const start = performance.now(); require(${JSON.stringify(request)}); process.stdout.write(String(performance.now() - start));`,
  );
  return Number(execFileSync(node, [program], { encoding: 'utf8' }));
}

function main() {
  const peers = peersFor(version);
  if (!installPeers(peers, node)) return;
  const published = path.join(temporary, 'heapdump-rs');
  copyPublished(published);
  const subjects = {
    [BASE]: path.join(peers, 'node_modules/heapdump'),
    'heapdump-rs': published,
    'heapdump-rs, checkout': ROOT,
    'its addon alone': path.join(ROOT, 'lib/binding.js'),
  };
  console.log(`${version}, median of ${runs} runs, each package in turn; x: times ${BASE}`);
  for (const [program, before] of [
    ['an empty program', ''],
    ['a program with node:http', "require('node:http');"],
  ]) {
    const taken = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
    for (let run = 0; run < Number(runs); run++)
      for (const [name, request] of Object.entries(subjects)) taken[name].push(measure(before, request));
    console.log(`\nin ${program}`);
    for (const [name, times] of Object.entries(taken)) {
      const ratio = median(times.map((ms, run) => ms / taken[BASE][run]));
      const columns = [`${median(times).toFixed(1)} ms`, `fastest ${Math.min(...times).toFixed(1)} ms`, `x ${ratio.toFixed(2)}`];
      console.log([name.padEnd(24), ...columns.map((column) => column.padStart(18))].join(''));
    }
  }
}

try {
  main();
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}
