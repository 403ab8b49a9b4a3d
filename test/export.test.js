'use strict';
// Parquet tables and SQL over them: the rows are those of the API.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const heapdump = require('../index.js');
const { outputOf, runSync } = require('./support/command.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const ROOT = path.resolve(__dirname, '..');
const FIXTURE = path.join(__dirname, 'fixtures/node20.heapsnapshot.zst');
const LATER = path.join(__dirname, 'fixtures/node20-later.heapsnapshot.zst');
const SMALL_TABLES = ['classes', 'findings', 'owners', 'packages', 'snapshots'];

const run = (...args) => runSync(...args, { cwd: ROOT });

function query(sql, ...args) {
  const { stdout, stderr, status } = run('query', sql, ...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const hashOf = (rows) => createHash('sha256').update(JSON.stringify(rows)).digest('hex');

/** Compares the number of rows and their hashes; names the first row that differs. */
function assertSameRows(rows, expected, what) {
  assert.equal(rows.length, expected.length, what);
  if (hashOf(rows) === hashOf(expected)) return;
  for (const [i, row] of rows.entries()) assert.deepEqual(row, expected[i], `row ${i} of ${what}`);
  assert.fail(`the rows of ${what} differ as JSON`);
}

/** Names of all files below a directory. */
const filesIn = (directory) =>
  fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

let directory;
let tables;
let written;
before(async (t) => {
  directory = temporary(t);
  tables = path.join(directory, 'tables');
  written = await heapdump.exportTables([FIXTURE, LATER], {
    to: tables,
    graph: true,
    service: 'shop',
    host: 'a/b',
    showValues: true,
  });
});

/** A snapshot of each Node, and snapshots that were made to be odd. */
const ALL = fs.readdirSync(path.join(__dirname, 'fixtures')).filter((name) => /^[a-z]+\d+\.heapsnapshot/.test(name));

test('nodes are those of the API, each value of each node', async (t) => {
  const to = path.join(temporary(t), 'tables');
  const files = ALL.map((name) => path.join(__dirname, 'fixtures', name));
  assert.ok(files.length > 10);
  await heapdump.exportTables(files, { to, graph: true, showValues: true });
  const sql = `SELECT snapshot, id, hex(encode(name)), type, constructor, self_size, shallow_size, retained_size, distance, dominator_id FROM nodes`;
  const found = new Map(ALL.map((name) => [name.replace(/[.].*/, ''), []]));
  for (const [name, ...row] of query(sql, to).rows) found.get(name).push(row);
  for (const [i, rows] of [...found.values()].entries()) {
    const lines = outputOf('nodes', files[i], { cwd: ROOT }).trimEnd().split('\n');
    const nodes = lines.map((line) => JSON.parse(line));
    const expected = nodes.map((node) => [
      node.id,
      // Half a pair of surrogates has no place in UTF-8. In hexadecimal, because DuckDB's package drops a leading U+FEFF.
      Buffer.from(node.name).toString('hex').toUpperCase(),
      node.type,
      Buffer.from(node.constructor).toString(),
      ...[node.selfSize, node.shallowSize, node.retainedSize, node.distance, node.dominatorId],
    ]);
    const byId = (list) => list.sort(([a], [b]) => a - b);
    assertSameRows(byId(rows), byId(expected), `nodes of ${ALL[i]}`);
  }
});

test('edges are those of the API', async () => {
  const snapshot = await heapdump.open(FIXTURE);
  const count = query(`SELECT count(*), sum(from_id), sum(to_id) FROM edges WHERE snapshot = 'node20'`, tables).rows[0];
  assert.equal(count[0], snapshot.edgeCount);
  const { rows } = await snapshot.find({ className: 'Map', limit: 1, sort: 'retainedSize' });
  const children = (await snapshot.children(rows[0].id)).rows.map(({ edge, edgeType, id }) => [id, edgeType, edge]);
  const sql = `SELECT to_id, type, coalesce(name, CAST(index AS VARCHAR)) FROM edges WHERE snapshot = 'node20' AND from_id = ${rows[0].id}`;
  const sorted = (list) => list.map((row) => JSON.stringify(row)).sort();
  const found = query(sql, tables).rows;
  for (const row of sorted(children)) assert.ok(sorted(found).includes(row), row);
  snapshot.close();
});

test('edges and strings are those of the file, row by row', async (t) => {
  const folder = temporary(t);
  const { path: file } = await heapdump.dump({ path: path.join(folder, 'own.heapsnapshot') });
  const to = path.join(folder, 'tables');
  await heapdump.exportTables(file, { to, graph: true, showValues: true });
  const { snapshot, nodes, edges, strings } = readSnapshot(file);
  const { node_fields: fields, node_types: types, edge_types: edgeTypes } = snapshot.meta;
  const [TYPE, NAME, ID, SIZE, EDGES] = ['type', 'name', 'id', 'self_size', 'edge_count'].map((name) => fields.indexOf(name));
  // Half a pair of surrogates has no place in UTF-8, and DuckDB's package for Node drops a byte order mark.
  const text = (position) =>
    Buffer.from(strings[position])
      .toString()
      .replace(/^\uFEFF/, '');
  const expected = { edges: [], strings: [] };
  let edge = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    const id = nodes[node + ID];
    for (const end = edge + nodes[node + EDGES] * 3; edge < end; edge += 3) {
      const type = edgeTypes[0][edges[edge]];
      const isIndex = type === 'element' || type === 'hidden';
      const name = isIndex ? [null, edges[edge + 1]] : [text(edges[edge + 1]), null];
      expected.edges.push([id, nodes[edges[edge + 2] + ID], type, ...name]);
    }
    if (!types[0][nodes[node + TYPE]].endsWith('string')) continue;
    const content = strings[nodes[node + NAME]];
    expected.strings.push([id, nodes[node + NAME], nodes[node + SIZE], Buffer.byteLength(content), text(nodes[node + NAME])]);
  }
  for (const [table, columns] of [
    ['edges', 'from_id, to_id, type, name, index'],
    ['strings', 'node_id, text_id, self_size, length, text'],
  ]) {
    const { rows } = query(`SELECT ${columns} FROM ${table}`, to);
    assertSameRows(rows, expected[table], table);
  }
});

test('a release is a column of snapshots, null unless it is told', async (t) => {
  const to = path.join(temporary(t), 'tables');
  await heapdump.exportTables(FIXTURE, { to, release: '7.2.0' });
  assert.deepEqual(query('SELECT release FROM snapshots', to).rows, [['7.2.0']]);
  assert.deepEqual(query('SELECT DISTINCT release FROM snapshots', tables).rows, [[null]]);
});

test('the small tables are those of the API', async () => {
  const snapshot = await heapdump.open(FIXTURE);
  const of = (sql) => query(`SELECT ${sql} ORDER BY ALL`, tables).rows;
  const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();
  const { rows: classes } = await snapshot.summary();
  assert.deepEqual(
    sorted(of(`constructor, count, distance, shallow_size, retained_size FROM classes WHERE snapshot = 'node20'`)),
    sorted(
      classes.map(({ constructor, count, distance, shallowSize, retainedSize }) => [
        constructor,
        count,
        distance,
        shallowSize,
        retainedSize,
      ]),
    ),
  );
  const { rows: packages } = await heapdump.packages(snapshot);
  assert.deepEqual(
    sorted(of(`package, version, kind, count, own_size, retained_size FROM packages WHERE snapshot = 'node20'`)),
    sorted(packages.map((row) => [row.package, row.version, row.kind, row.count, row.ownSize, row.retainedSize])),
  );
  const findings = await snapshot.suspects({ showValues: true });
  assert.deepEqual(
    of(`rank, kind, severity, confidence, title, sentence, fix, bytes, count, signature FROM findings WHERE snapshot = 'node20'`),
    findings.map((one, at) => [
      at + 1,
      one.kind,
      one.severity,
      one.confidence,
      one.title,
      one.sentence,
      one.fix,
      one.evidence.bytes,
      one.evidence.count,
      one.signature,
    ]),
  );
  const [[total, nodes, edges]] = of(`total_size, node_count, edge_count FROM snapshots WHERE snapshot = 'node20'`);
  assert.deepEqual([total, nodes, edges], [snapshot.totalSize, snapshot.nodeCount, snapshot.edgeCount]);
  snapshot.close();
});

test('partitions are columns, and a second export replaces the first', async () => {
  assert.deepEqual(query('SELECT DISTINCT service, host, snapshot FROM classes ORDER BY snapshot', tables).rows, [
    ['shop', 'a/b', 'node20'],
    ['shop', 'a/b', 'node20-later'],
  ]);
  const rows = new Map(written.map(({ table, path: file, rows: count }) => [`${table} ${file}`, count]));
  const again = await heapdump.exportTables(FIXTURE, { to: tables, service: 'shop', host: 'a/b' });
  for (const { table, path: file, rows: count } of again) assert.equal(rows.get(`${table} ${file}`), count);
  assert.deepEqual([...new Set(filesIn(tables))], ['part-0.parquet']);
  assert.equal(fs.statSync(again[0].path).mode & 0o777, 0o600);
});

test('contents of strings are left out unless they are asked for', async (t) => {
  const to = path.join(temporary(t), 'tables');
  await heapdump.exportTables(FIXTURE, { to, graph: true });
  assert.deepEqual(query('SELECT count(*) FROM strings WHERE text IS NOT NULL', to).rows, [[0]]);
  assert.deepEqual(query(`SELECT count(*) FROM nodes WHERE type LIKE '%string' AND name IS NOT NULL`, to).rows, [[0]]);
  assert.ok(query(`SELECT count(*) FROM edges WHERE name = '…'`, to).rows[0][0] > 0);
  assert.deepEqual(query(`SELECT count(*) FROM nodes WHERE name LIKE '{%'`, to).rows, [[0]]);
  assert.ok(query(`SELECT count(*) FROM strings WHERE text IS NOT NULL`, tables).rows[0][0] > 1000);
});

test('a snapshot is asked in SQL, without leaving anything behind', async () => {
  const leftovers = () => fs.readdirSync(require('node:os').tmpdir()).filter((name) => name.startsWith('heapdump-rs-query-'));
  const snapshot = await heapdump.open(FIXTURE);
  const { columns, rows } = await snapshot.query('SELECT count(*) AS nodes, sum(shallow_size) AS bytes FROM nodes');
  assert.deepEqual({ columns, rows }, { columns: ['nodes', 'bytes'], rows: [[snapshot.nodeCount, snapshot.totalSize]] });
  const { rows: chain } = await snapshot.find({ className: 'Map', limit: 1 });
  const dominators = (await snapshot.dominators(chain[0].id)).rows.map(({ id }) => id);
  const path_ = (await snapshot.query(`SELECT id FROM path_to_root(${chain[0].id})`)).rows.map(([id]) => id);
  assert.deepEqual(
    path_.filter((id) => dominators.includes(id)),
    dominators,
  );
  assert.deepEqual((await snapshot.query(`SELECT retained_size(${chain[0].id}), package_of(${snapshot.rootId})`)).rows, [
    [chain[0].retainedSize, '(v8)'],
  ]);
  await assert.rejects(snapshot.query('SELECT nothing'), { code: 'ERR_HEAPDUMP_SQL' });
  assert.deepEqual(leftovers(), []);
  snapshot.close();
  await assert.rejects(snapshot.query('SELECT 1'), { code: 'ERR_HEAPDUMP_CLOSED' });
  assert.throws(() => snapshot.query(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('the queries of docs/sql.md work', () => {
  const text = fs.readFileSync(path.join(ROOT, 'docs/sql.md'), 'utf8');
  const queries = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql);
  assert.ok(queries.length >= 10);
  for (const sql of queries) {
    const { columns, rows } = query(sql, tables);
    assert.ok(columns.length > 0 && Array.isArray(rows), sql);
    // Only a fixture without unreachable objects has none of these.
    if (!/IS NULL|> 1e6/.test(sql)) assert.ok(rows.length > 0, sql);
  }
});

test('tables, comma-separated values and errors of the command line', (t) => {
  const table = run('query', 'SELECT constructor, count FROM classes ORDER BY count DESC LIMIT 1', tables);
  assert.match(table.stdout, /^constructor +count\n\(string\) +[\d,]+\n/);
  const csv = run('query', `SELECT 'a,"b' AS "x y", NULL AS n, 1.5 AS r`, tables, '--csv');
  assert.equal(csv.stdout, 'x y,n,r\n"a,""b",,1.5\n');
  const empty = temporary(t);
  assert.match(run('query', 'SELECT 1', empty).stderr, /has no tables/);
  assert.match(run('query', 'SELECT 1', path.join(empty, 'none.heapsnapshot')).stderr, /ENOENT/);
  assert.equal(run('export', FIXTURE).status, 2);
  const json = run('export', FIXTURE, '--to', path.join(empty, 'out'), '--json');
  assert.deepEqual(
    JSON.parse(json.stdout)
      .tables.map((one) => one.table)
      .sort(),
    SMALL_TABLES,
  );
});

test('SQL that begins with a comment is no option', () => {
  for (const comment of ['-- one', '--one', '-- a = b']) {
    const sql = `${comment}\nSELECT 1 AS one`;
    const expected = { columns: ['one'], rows: [[1]] };
    assert.deepEqual(query(sql, tables), expected, comment);
    assert.deepEqual(JSON.parse(outputOf('query', '--json', '--', sql, tables)), expected, comment);
  }
  const { status, stderr } = run('query', '--one', tables);
  assert.equal(status, 2);
  assert.match(stderr, /Unknown option '--one'.*after '--'/);
});

test('without DuckDB the error names the package to install', (t) => {
  const folder = temporary(t);
  // A copy of the package without its devDependencies beside it.
  for (const name of ['lib', 'index.js', 'package.json', 'bin', 'crates/findings/messages']) {
    fs.cpSync(path.join(ROOT, name), path.join(folder, 'copy', name), { recursive: true });
  }
  for (const name of fs.readdirSync(ROOT).filter((one) => one.endsWith('.node'))) {
    fs.symlinkSync(path.join(ROOT, name), path.join(folder, 'copy', name));
  }
  const cli = path.join(folder, 'copy/bin/heapdump-rs.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'query', 'SELECT 1', FIXTURE], { encoding: 'utf8', cwd: folder });
  assert.notEqual(status, 0);
  assert.match(stderr, /npm install @duckdb\/node-api/);
});

test('a directory that cannot be written is named, and nothing is left', async (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'a file');
  fs.writeFileSync(file, '');
  await assert.rejects(heapdump.exportTables(FIXTURE, { to: path.join(file, 'below') }), { code: 'ENOTDIR', syscall: 'mkdir' });
  assert.throws(() => heapdump.exportTables(FIXTURE, {}), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => heapdump.exportTables([], { to: folder }), { code: 'ERR_INVALID_ARG_VALUE' });
});
