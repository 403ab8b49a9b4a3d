'use strict';

const { LIST_OPTIONS, nodeId, range } = require('./kit/arguments.js');
const { SIZE_COLUMNS, label, sizes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { printable } = require('../text.js');

async function run({ values, positionals: [file, id] }) {
  const wanted = id === undefined ? undefined : nodeId(id);
  const snapshot = await open(file);
  const result = snapshot.childrenSync(wanted, range(values));
  if (values.json) return printJson(result);
  await printTable(
    [{ title: 'Reference', shrink: true }, { title: 'Kind' }, { title: 'To', shrink: true }, ...SIZE_COLUMNS],
    result.rows.map((row) => [printable(row.edge), row.edgeType, label(row), ...sizes(row, snapshot.totalSize)]),
    values,
  );
  return print(['', style('dim', shown('references', result.rows.length, result.totals.count))]);
}

module.exports = {
  usage: 'FILE [ID]',
  positionals: [1, 2],
  options: LIST_OPTIONS,
  help: 'References of an object, largest retained size first, as in the Containment view. Without an ID: of the root.',
  run,
};
