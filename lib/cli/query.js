'use strict';

const fs = require('node:fs');
const { TABLE_OPTIONS } = require('./kit/arguments.js');
const { IDENTITY_OPTION } = require('./kit/identity-option.js');
const { print, printJson, printTable, write } = require('./kit/output.js');
const { exportTables } = require('../analysis/export.js');
const { queryDirectory, queryOnce } = require('../analysis/query.js');
const { integer, printable } = require('../text.js');

const isDirectory = (file) => fs.statSync(file).isDirectory();

function ask(files, sql, values) {
  if (files.length === 1 && isDirectory(files[0])) return queryDirectory(files[0], sql);
  return queryOnce((to) => exportTables(files, { to, graph: true, showValues: values['show-values'] }), sql);
}

const csvCell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function cell(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function run({ values, positionals: [sql, ...files] }) {
  const result = await ask(files, sql, values);
  if (values.json) return printJson(result);
  const { columns, rows } = result;
  if (values.csv) return write([columns, ...rows].map((row) => `${row.map((value) => csvCell(cell(value))).join(',')}\n`).join(''));
  const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  await printTable(
    columns.map((title, i) => ({ title: printable(title), ...(isNumber[i] ? { align: 'right' } : { shrink: true }) })),
    rows.map((row) => row.map((value) => (Number.isInteger(value) ? integer(value) : printable(cell(value))))),
    values,
  );
  return print(['']);
}

module.exports = {
  usage: 'SQL FILE...|DIR',
  positionals: [2, Infinity],
  options: {
    csv: { type: 'boolean', about: 'print comma-separated values' },
    'show-values': { type: 'boolean', about: 'include contents of strings, and names that look like data' },
    ...TABLE_OPTIONS,
    ...IDENTITY_OPTION,
  },
  help: `Queries snapshots, or a directory of heapdump-rs export, in the SQL of DuckDB. Install DuckDB beside heapdump-rs: npm install
@duckdb/node-api. Tables: snapshots, classes, packages, findings, owners, nodes, edges, strings. Macros: retained_size(id),
package_of(id), path_to_root(id). Snapshots are exported to a temporary directory, which is removed after the query.`,
  run,
};
