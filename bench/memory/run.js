'use strict';
// npm run bench:memory [-- --mb N --runs N --node PATH]
// The cost of a ledger of `memory()` for processes of different contents: processor time of the native thread for each GB of RSS, and how
// much later the event loop turns meanwhile, against the same time without ledgers. Each in a process of its own, medians.

const { execFileSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { median } = require('../median.js');
const { CONTENTS } = require('./subject.js');

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '300' },
    runs: { type: 'string', default: '5' },
    node: { type: 'string', default: process.execPath },
  },
});

function measure(contents) {
  const args = ['--expose-gc', path.join(__dirname, 'subject.js'), contents, options.mb];
  return JSON.parse(execFileSync(options.node, args, { encoding: 'utf8' }));
}

function main() {
  const version = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`${version}, ${os.cpus().length} cores, ${options.mb} MB allocated, medians of ${options.runs} processes\n`);
  console.log('| contents | RSS | mappings | processor time | ms per GB | delay of the loop | without ledgers |');
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  for (const contents of Object.keys(CONTENTS)) {
    const runs = Array.from({ length: Number(options.runs) }, () => measure(contents));
    const of = (pick) => median(runs.map(pick));
    console.log(
      `| ${contents} | ${Math.round(of(({ rss }) => rss) / 1e6)} MB | ${of(({ mappings }) => mappings)} | ${of(({ cpuMs }) => cpuMs).toFixed(1)} ms | ` +
        `${of(({ cpuMs, rss }) => (cpuMs * 1e9) / rss).toFixed(1)} | ${of(({ delayMs }) => delayMs).toFixed(2)} ms | ` +
        `${of(({ idleMs }) => idleMs).toFixed(2)} ms |`,
    );
  }
}

main();
