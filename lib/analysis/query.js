'use strict';
// Queries the tables of snapshots in SQL, with DuckDB. The application must install it: `npm install @duckdb/node-api`.

const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { NO_FACTS, nativeArguments } = require('./tables.js');

/** The package of DuckDB. */
const PACKAGE = '@duckdb/node-api';

/** Names of the tables, as the export writes them. */
const TABLES = ['snapshots', 'classes', 'packages', 'findings', 'owners', 'nodes', 'edges', 'strings'];

/** Maximum number of steps that `path_to_root` follows. A list can be a million objects long. */
const MAX_PATH_STEPS = 1000;

/** Macros for SQL. Each needs the table `nodes`. */
const MACROS = [
  'CREATE MACRO retained_size(node) AS (SELECT retained_size FROM nodes WHERE id = node)',
  'CREATE MACRO package_of(node) AS (SELECT package FROM nodes WHERE id = node)',
  // Each object of the path is the immediate dominator of the one before.
  `CREATE MACRO path_to_root(node) AS TABLE
     WITH RECURSIVE path AS (
       SELECT 0 AS step, id, dominator_id FROM nodes WHERE id = node
       UNION ALL
       SELECT step + 1, nodes.id, nodes.dominator_id FROM path JOIN nodes ON nodes.id = path.dominator_id
       WHERE path.id <> path.dominator_id AND step < ${MAX_PATH_STEPS}
     )
     SELECT step, nodes.id, nodes.type, nodes.constructor, nodes.name, nodes.retained_size, nodes.package
     FROM path JOIN nodes USING (id) ORDER BY step`,
];

/** Loads DuckDB from the dependencies of the application, or from those of this package. */
function loadDuckDb() {
  for (const from of [path.join(process.cwd(), 'index.js'), __filename]) {
    try {
      return createRequire(from)(PACKAGE);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  const message = `SQL needs DuckDB, which is not installed; to install it: npm install ${PACKAGE}`;
  throw Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED', missing: PACKAGE });
}

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/**
 * Opens the tables below `directory`, and calls `work` with the connection.
 *
 * @template T
 * @param {string} directory of an export
 * @param {(connection: object) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withTables(directory, work) {
  const { DuckDBInstance } = loadDuckDb();
  const tables = TABLES.filter((name) => fs.existsSync(path.join(directory, name)));
  if (tables.length === 0) {
    const message = `${directory} has no tables of heapdump-rs export`;
    throw Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_PARSE', path: directory });
  }
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const name of tables) {
      const files = quoted(path.join(directory, name, '**', '*.parquet'));
      const types = `{'service': VARCHAR, 'host': VARCHAR, 'date': DATE, 'snapshot': VARCHAR}`;
      await connection.run(
        `CREATE VIEW ${name} AS SELECT * FROM read_parquet(${files}, hive_partitioning = true, hive_types = ${types}, union_by_name = true)`,
      );
    }
    if (tables.includes('nodes')) for (const macro of MACROS) await connection.run(macro);
    return await work(connection);
  } catch (error) {
    throw Object.assign(new Error(error.message), { code: 'ERR_HEAPDUMP_SQL', cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Queries the tables below `directory`.
 *
 * @param {string} directory of an export
 * @param {string} sql
 * @returns {Promise<{columns: string[], rows: unknown[][]}>}
 */
function queryDirectory(directory, sql) {
  return withTables(directory, async (connection) => {
    const reader = await connection.runAndReadAll(sql);
    return { columns: reader.columnNames(), rows: reader.getRowsJS().map((row) => row.map(plain)) };
  });
}

/** Settings after which SQL reads and writes below `directory` only, loads no extensions, and cannot change settings. */
const confinement = (directory) => [
  `SET temp_directory = ${quoted(path.join(directory, 'spilled'))}`,
  `SET allowed_directories = [${quoted(path.join(directory, path.sep))}]`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

/**
 * Queries the tables below `directory` for some rows of a result, for SQL that is not trusted: it has no access to other files.
 *
 * @param {string} directory of an export, private to the caller
 * @param {string} sql one statement
 * @param {{offset: number, limit: number, signal?: AbortSignal}} window
 * @returns {Promise<{columns: string[], rows: unknown[][], hasMore: boolean}>}
 */
function queryPage(directory, sql, { offset, limit, signal }) {
  return withTables(directory, async (connection) => {
    for (const setting of confinement(directory)) await connection.run(setting);
    const { count } = await connection.extractStatements(sql);
    if (count !== 1) throw new Error(`the query must be one statement, not ${count}`);
    const interrupt = () => connection.interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      signal?.throwIfAborted();
      const result = await connection.stream(sql);
      const rows = [];
      let skipped = 0;
      for await (const piece of result.yieldRowsJs()) {
        const first = Math.min(piece.length, offset - skipped);
        skipped += first;
        // One more than is returned shows that there are more.
        for (const row of piece.slice(first, first + limit + 1 - rows.length)) rows.push(row.map(plain));
        if (rows.length > limit) break;
      }
      return { columns: result.columnNames(), rows: rows.slice(0, limit), hasMore: rows.length > limit };
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  });
}

/** Converts a value of DuckDB to one of JSON. Whole numbers beyond 2^53 become text. */
function plain(value) {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) {
    const text = value.toISOString();
    return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

/**
 * Exports into a private temporary directory, queries the tables, and removes the directory.
 *
 * @param {(directory: string) => Promise<unknown>} exportTo
 * @param {string} sql
 */
async function queryOnce(exportTo, sql) {
  loadDuckDb(); // fails before the export, which can take minutes
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-query-'));
  try {
    await exportTo(directory);
    return await queryDirectory(directory, sql);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Queries one native snapshot. */
function queryNative(native, sql, { showValues }) {
  const exportTo = (to) => native.exportTables([], ...nativeArguments(native, { to, graph: true, showValues }, NO_FACTS));
  return queryOnce(exportTo, sql);
}

module.exports = { loadDuckDb, queryDirectory, queryNative, queryOnce, queryPage };
