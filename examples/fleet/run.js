'use strict';
// node examples/fleet/run.js [--hosts 20] [--dumps 10] [--to DIR] [--spark]
// Makes the snapshots of a fleet, exports them, and asks which release grows where. With --spark, Spark answers the same SQL file,
// and the answers must be equal.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs, promisify } = require('node:util');
const { deploy, observe, plan } = require('./make.js');
const { runSpark } = require('./python.js');

const PROGRAM = path.resolve(__dirname, '../../bin/heapdump-rs.js');
const QUESTION = path.join(__dirname, 'growth.sql');

/** Hosts that run at the same time: their processes share the processors. */
const CONCURRENT_HOSTS = 2;

const heapdumpRs = (...args) => promisify(execFile)(process.execPath, [PROGRAM, ...args], { maxBuffer: 1 << 28 });

/** Runs the releases of a host, and exports the snapshots of each. */
async function runHost({ host, releases }, directory) {
  for (const { release, dumps } of releases) {
    const files = await observe(path.join(directory, 'releases', release), path.join(directory, 'dumps', host, release), dumps);
    const labels = ['--service', 'shop', '--host', host, '--release', release];
    await heapdumpRs('export', ...files, '--to', path.join(directory, 'tables'), ...labels);
    for (const file of files) for (const one of [file, `${file}.json`]) fs.rmSync(one);
  }
}

/** Runs all hosts, some at a time. */
async function runFleet(hosts, directory) {
  const waiting = [...hosts];
  const worker = async () => {
    for (let host = waiting.shift(); host; host = waiting.shift()) await runHost(host, directory);
  };
  await Promise.all(Array.from({ length: CONCURRENT_HOSTS }, worker));
}

async function askDuckDb(tables) {
  const { stdout } = await heapdumpRs('query', fs.readFileSync(QUESTION, 'utf8'), tables, '--json');
  return JSON.parse(stdout);
}

/** The answer must be the leak: a Map of `session-store`, since 7.2.0, on the hosts that run it. */
function check({ columns, rows }, hosts) {
  assert.equal(rows.length, 1, `one thing grows, not ${JSON.stringify(rows)}`);
  const answer = Object.fromEntries(columns.map((name, i) => [name, rows[0][i]]));
  const { bytes_per_snapshot: bytes, ...rest } = answer;
  const affected = hosts.filter(({ releases }) => releases.some(({ release }) => release === '7.2.0')).map(({ host }) => host);
  assert.deepEqual(rest, { service: 'shop', package: 'session-store', what: 'sessions.byToken', since: '7.2.0', hosts: affected });
  assert.ok(bytes > 100_000, `${bytes} bytes between two snapshots`);
}

async function answer(directory, hosts, withSpark) {
  const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);
  let started = Date.now();
  await runFleet(hosts, directory);
  const count = hosts.flatMap(({ releases }) => releases).reduce((sum, { dumps }) => sum + dumps, 0);
  console.log(`${count} snapshots of ${hosts.length} hosts made and exported, ${seconds(started)} s`);

  const tables = path.join(directory, 'tables');
  started = Date.now();
  const found = await askDuckDb(tables);
  console.log(`DuckDB, ${seconds(started)} s: ${JSON.stringify(found)}`);
  check(found, hosts);

  if (!withSpark) return;
  started = Date.now();
  const { columns, rows } = runSpark(path.join(__dirname, 'spark.py'), tables, QUESTION);
  console.log(`Spark, ${seconds(started)} s: ${JSON.stringify({ columns, rows })}`);
  assert.deepEqual({ columns, rows }, found, 'Spark and DuckDB give the same answer');
  console.log('The answers are equal.');
}

async function main() {
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: '20' },
      dumps: { type: 'string', default: '10' },
      to: { type: 'string' },
      spark: { type: 'boolean', default: false },
    },
  });
  const directory = path.resolve(values.to ?? fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-fleet-')));
  try {
    deploy(path.join(directory, 'releases'));
    await answer(directory, plan(Number(values.hosts), Number(values.dumps)), values.spark);
  } finally {
    if (values.to === undefined) fs.rmSync(directory, { recursive: true, force: true });
  }
}

main().catch((error) => { console.error(error); process.exitCode = 1; });
