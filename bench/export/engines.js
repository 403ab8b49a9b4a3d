'use strict';
// Times the question of examples/fleet in DuckDB and in Spark over fleets of several sizes, each engine with its start, and compares
// the answers.
//
//     node examples/fleet/run.js --to DIR && npm run bench:engines -- DIR/tables [--times 1,10,50]
//
// A larger fleet has the same tables under more names of hosts, as links.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { runSpark } = require('../../examples/fleet/python.js');

const PROGRAM = path.resolve(__dirname, '../../bin/heapdump-rs.js');
const FLEET = path.resolve(__dirname, '../../examples/fleet');
const QUESTION = path.join(FLEET, 'growth.sql');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '1,10,50' } },
});

/** Makes a directory of tables with `times` as many hosts. */
function multiply(tables, to, times) {
  for (const name of fs.readdirSync(tables, { recursive: true })) {
    const file = path.join(tables, name);
    if (!fs.statSync(file).isFile()) continue;
    for (let i = 0; i < times; i++) {
      const copy = path.join(to, name.replace(/host=([^/\\]+)/, `host=$1-${i}`));
      fs.mkdirSync(path.dirname(copy), { recursive: true });
      fs.linkSync(file, copy);
    }
  }
}

function timed(work) {
  const started = process.hrtime.bigint();
  const result = work();
  return { result, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

function askDuckDb(tables) {
  const args = [PROGRAM, 'query', fs.readFileSync(QUESTION, 'utf8'), tables, '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const [tables] = positionals.map((name) => path.resolve(name));
console.log(
  `Node ${process.version}, ${os.cpus().length} cores\n\n| snapshots | files | DuckDB, s | Spark, s |\n|--:|--:|--:|--:|`,
);
for (const times of options.times.split(',').map(Number)) {
  // Beside the tables: links do not leave a file system.
  const to = fs.mkdtempSync(path.join(path.dirname(tables), 'engines-'));
  try {
    multiply(tables, to, times);
    const files = fs.readdirSync(to, { recursive: true }).filter((name) => name.endsWith('.parquet'));
    const snapshots = files.filter((name) => name.startsWith('snapshots')).length;
    const duckDb = timed(() => askDuckDb(to));
    const spark = timed(() => runSpark(path.join(FLEET, 'spark.py'), to, QUESTION));
    const { columns, rows } = spark.result;
    assert.deepEqual({ columns, rows }, duckDb.result);
    console.log(`| ${snapshots} | ${files.length} | ${duckDb.seconds.toFixed(1)} | ${spark.seconds.toFixed(1)} |`);
  } finally {
    fs.rmSync(to, { recursive: true, force: true });
  }
}
