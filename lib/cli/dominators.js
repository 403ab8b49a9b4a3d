'use strict';

const { LIST_OPTIONS, nodeId, range } = require('./kit/arguments.js');
const { SIZE_COLUMNS, label, sizes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');

async function run({ values, positionals: [file, id] }) {
  const wanted = nodeId(id);
  const snapshot = await open(file);
  const result = values.children
    ? snapshot.dominatedSync(wanted, range(values))
    : snapshot.dominatorsSync(wanted);
  if (values.json) return printJson(result);
  await printTable(
    [{ title: 'Object', shrink: true }, ...SIZE_COLUMNS],
    result.rows.map((row) => [label(row), ...sizes(row, snapshot.totalSize)]),
  );
  return print(['', style('dim', shown('objects', result.rows.length, result.totals.count))]);
}

module.exports = {
  usage: 'FILE ID',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    children: { type: 'boolean', about: 'show what the object dominates instead, largest retained size first' },
  },
  help: `The object, then the nearest object without which it would be free, then the nearest of that one, to the root.
Removing any of them frees the first.`,
  run,
};
