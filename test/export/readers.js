'use strict';
// Opens an export with DuckDB, pyarrow and Spark, and compares what they read: rows, values that are not null, sums of numbers, bytes
// of texts, in every column. `npm run test:readers`. Installs pyspark and pyarrow into .cache.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../../index.js');
const { queryDirectory } = require('../../lib/analysis/query.js');
const { runSpark } = require('../../examples/fleet/python.js');
const { temporary } = require('../support/temporary.js');

const FIXTURES = ['node20', 'node20-later'].map((name) => path.join(__dirname, `../fixtures/${name}.heapsnapshot.zst`));
const PARTITIONS = { service: 'shop', host: 'a/b=c', release: '7.2.0' };

const KINDS = { BIGINT: 'number', VARCHAR: 'text' };
const MEASURES = { number: (name) => `sum("${name}")`, text: (name) => `sum(strlen("${name}"))`, other: () => '0' };

async function columnsOf(directory, table) {
  const { rows } = await queryDirectory(directory, `DESCRIBE ${table}`);
  return Object.fromEntries(rows.map(([name, type]) => [name, KINDS[type] ?? 'other']));
}

async function withDuckDb(directory, table, columns) {
  const asked = Object.entries(columns).flatMap(([name, kind]) => [`count("${name}")`, MEASURES[kind](name)]);
  const { rows } = await queryDirectory(directory, `SELECT count(*), ${asked.join(', ')} FROM ${table}`);
  const [[count, ...values]] = rows;
  // Sums are of 128 bits, and come as text beyond 2^53.
  const pair = (i) => [values[2 * i], Number(values[2 * i + 1] ?? 0)];
  return [count, Object.fromEntries(Object.keys(columns).map((name, i) => [name, pair(i)]))];
}

test('DuckDB, pyarrow and Spark read the same', { timeout: 1_800_000 }, async (t) => {
  const directory = path.join(temporary(t), 'tables');
  const written = await heapdump.exportTables(FIXTURES, { to: directory, graph: true, showValues: true, ...PARTITIONS });
  const columns = {};
  const expected = {};
  for (const table of new Set(written.map((one) => one.table))) {
    columns[table] = await columnsOf(directory, table);
    expected[table] = await withDuckDb(directory, table, columns[table]);
    const rows = written.filter((one) => one.table === table).reduce((sum, one) => sum + one.rows, 0);
    assert.equal(expected[table][0], rows, table);
  }
  assert.equal(Object.keys(columns).length, 8);
  const { pyarrow, spark } = runSpark(path.join(__dirname, 'readers.py'), directory, JSON.stringify(columns));
  assert.deepEqual(pyarrow, expected, 'pyarrow');
  assert.deepEqual(spark, expected, 'Spark');
});
