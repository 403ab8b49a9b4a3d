'use strict';

const { SOURCE_ROOT, sourceRoots } = require('./kit/arguments.js');
const { UsageError } = require('./kit/exit.js');
const { print, printJson, printTable } = require('./kit/output.js');
const { exportTables } = require('../analysis/export.js');
const { integer, printable } = require('../text.js');

const COLUMNS = [
  { title: 'Table' },
  { title: 'Rows', align: 'right' },
  { title: 'Bytes', align: 'right' },
  { title: 'File', shrink: true, isPath: true },
];

async function run({ values, positionals: files }) {
  if (values.to === undefined) throw new UsageError('--to DIR is missing: the directory of the tables');
  const tables = await exportTables(files, {
    to: values.to,
    graph: values.graph,
    showValues: values['show-values'],
    service: values.service,
    host: values.host,
    release: values.release,
    sourceRoots: sourceRoots(values),
  });
  if (values.json) return printJson({ tables });
  await printTable(
    COLUMNS,
    tables.map(({ table, rows, bytes, path }) => [table, integer(rows), integer(bytes), printable(path)]),
    values,
  );
  return print(['']);
}

module.exports = {
  usage: 'FILE... --to DIR',
  positionals: [1, Infinity],
  options: {
    to: { type: 'string', value: 'DIR', about: 'directory of the tables; it is created, and other snapshots in it stay' },
    graph: { type: 'boolean', about: 'also write nodes, edges and strings' },
    service: { type: 'string', value: 'NAME', about: 'name of the service (unknown)' },
    host: { type: 'string', value: 'NAME', about: 'name of the machine (unknown)' },
    release: { type: 'string', value: 'NAME', about: 'release of the service that wrote the snapshots: a column of snapshots' },
    'show-values': { type: 'boolean', about: 'write contents of strings, and names that look like data' },
    'source-root': SOURCE_ROOT,
  },
  help: `Writes Parquet tables, which DuckDB, Spark and pandas read: snapshots, classes, packages, findings and owners, and with --graph
nodes, edges and strings. DIR/TABLE/service=S/host=H/date=D/snapshot=NAME/part-0.parquet; the date is that of the sidecar or of
the file. An export of the same snapshot replaces the earlier one.`,
  run,
};
