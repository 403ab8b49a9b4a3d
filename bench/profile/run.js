'use strict';
// npm run bench:profile [-- --pairs N --seconds N --interval BYTES --node PATH]
// Measures the cost of allocation sampling for an HTTP service: the same server under autocannon without and with it, alternating.
// Prints the medians and their ratio.

const { fork, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { installAutocannon } = require('../autocannon.js');
const { median } = require('../median.js');

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    interval: { type: 'string', default: '524288' },
    node: { type: 'string', default: process.execPath },
  },
});

const WARM_UP_SECONDS = 3;

async function load(autocannon, port, seconds) {
  return autocannon({ url: `http://127.0.0.1:${port}`, connections: 20, duration: seconds });
}

/** Measures one server process. Returns `{ requests, p99, cpu }`: responses per second, ms, and µs of processor time per response. */
async function observe(autocannon, isProfiled) {
  const server = fork(path.join(__dirname, 'server.js'), [isProfiled ? options.interval : 'off'], { execPath: options.node });
  try {
    const [{ port }] = await once(server, 'message');
    await load(autocannon, port, WARM_UP_SECONDS);
    server.send('begin');
    const { requests, latency } = await load(autocannon, port, Number(options.seconds));
    server.send('end');
    const [{ cpuMs }] = await once(server, 'message');
    return { requests: requests.average, p99: latency.p99, cpu: (cpuMs * 1000) / requests.total };
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}

async function main() {
  const autocannon = installAutocannon();
  const version = spawnSync(options.node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const runs = { without: [], with: [] };
  for (let i = 0; i < Number(options.pairs); i += 1) {
    runs.without.push(await observe(autocannon, false));
    runs.with.push(await observe(autocannon, true));
  }
  console.log(
    `Node ${version}, a sample each ${options.interval} bytes, medians of ${options.pairs} pairs of ${options.seconds} s\n`,
  );
  console.log('| | without | with | ratio |\n|---|--:|--:|--:|');
  for (const [key, title] of [
    ['requests', 'requests a second'],
    ['p99', 'p99 latency, ms'],
    ['cpu', 'processor time a request, µs'],
  ]) {
    const [before, after] = ['without', 'with'].map((kind) => median(runs[kind].map((run) => run[key])));
    const ratios = runs.with.map((run, i) => run[key] / runs.without[i][key]);
    console.log(`| ${title} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${median(ratios).toFixed(3)} |`);
  }
}

main();
