'use strict';
// npm run bench:load [-- --records N --rate N --node PATH --svg FILE]
// Measures how a dump affects clients: an HTTP server under a constant load of autocannon, before, during and after a dump by each
// method. Prints a table; --svg draws it.

const { execFileSync, fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { parseArgs } = require('node:util');
const { installAutocannon } = require('../autocannon.js');
const { chart } = require('./load-chart.js');

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '300000' },
    rate: { type: 'string', default: '500' },
    node: { type: 'string', default: process.execPath },
    svg: { type: 'string' },
  },
});

const METHODS = ['v8.writeHeapSnapshot', 'heapdump-rs dump', 'heapdump-rs fork', 'heapdump-rs fork, not comparable'];

/** Time before and after the dump. */
const QUIET_MS = 5000;

/** Returns every response as [time, duration], in milliseconds, and the time of the dump. */
async function observe(autocannon, method, out) {
  const server = fork(path.join(__dirname, 'load-server.js'), [method, options.records, out], {
    execPath: options.node,
    execArgv: ['--max-old-space-size=8000'],
    env: { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal' },
  });
  try {
    const [{ port }] = await once(server, 'message');
    const answers = [];
    const load = autocannon(
      {
        url: `http://127.0.0.1:${port}`,
        connections: 20,
        overallRate: Number(options.rate),
        duration: 600,
        timeout: 300,
        // Does not invent requests that were not sent because the server did not respond.
        ignoreCoordinatedOmission: true,
      },
      () => {},
    );
    load.on('response', (_client, _status, _bytes, took) => answers.push([Date.now(), took]));
    await delay(2 * QUIET_MS); // the first half is warming up
    const messages = [];
    server.on('message', (message) => messages.push(message));
    server.send('dump');
    while (messages.length < 2) await once(server, 'message');
    await delay(QUIET_MS);
    load.stop();
    const [{ began }, { ended }] = messages;
    return { method, began, ended, answers: answers.filter(([at]) => at >= began - QUIET_MS && at <= ended + QUIET_MS) };
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}

function percentile(answers, share) {
  const sorted = answers.map(([, took]) => took).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1) ?? '–';
}

function row({ method, began, ended, answers }) {
  const phases = [
    [began - QUIET_MS, began],
    [began, ended + 1],
    [ended + 1, ended + QUIET_MS],
  ];
  const cells = phases.flatMap(([from, to]) => {
    const those = answers.filter(([at]) => at >= from && at < to);
    return [`${Math.round((those.length * 1000) / (to - from))}`, percentile(those, 0.99)];
  });
  const longest = answers.reduce((max, [, took]) => Math.max(max, took), 0);
  return `| ${method} | ${((ended - began) / 1000).toFixed(1)} s | ${cells.join(' | ')} | ${longest.toFixed(0)} |`;
}

async function main() {
  const autocannon = installAutocannon();
  const version = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-load-'));
  try {
    const runs = [];
    for (const method of METHODS) runs.push(await observe(autocannon, method, path.join(temporary, 'load.heapsnapshot')));
    console.log(
      `${version}, ${options.records} records, ${options.rate} requests a second asked for; answers a second and the time of 99 % of them, ms\n`,
    );
    console.log('| | dump | before: answers | p99 | during: answers | p99 | after: answers | p99 | longest |');
    console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
    for (const run of runs) console.log(row(run));
    if (options.svg) fs.writeFileSync(options.svg, chart(runs, QUIET_MS, `Node ${version}, ${options.rate} requests a second`));
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

main();
