'use strict';

const { LIST_OPTIONS, nodeId, range } = require('./kit/arguments.js');
const { SIZE_COLUMNS, label, sizes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { printable } = require('../text.js');

async function run({ values, positionals: [file, id] }) {
  const wanted = nodeId(id);
  const snapshot = await open(file);
  const result = snapshot.retainersSync(wanted, range(values));
  if (values.json) return printJson(result);
  await printTable(
    [{ title: 'Reference', shrink: true }, { title: 'Kind' }, { title: 'In', shrink: true }, ...SIZE_COLUMNS],
    result.rows.map((row) => [printable(row.edge), row.edgeType, label(row), ...sizes(row, snapshot.totalSize)]),
    values,
  );
  return print(['', style('dim', shown('references', result.rows.length, result.totals.count))]);
}

module.exports = {
  usage: 'FILE ID',
  positionals: [2],
  options: LIST_OPTIONS,
  help: 'Retainers of an object, nearest to the roots first, as in the Retainers pane. Weak references are left out.',
  run,
};
