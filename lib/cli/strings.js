'use strict';

const { LIST_OPTIONS, range } = require('./kit/arguments.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { integer, percent, printable } = require('../text.js');

async function run({ values, positionals: [file] }) {
  const snapshot = await open(file);
  const result = snapshot.duplicateStringsSync(range(values));
  if (values.json) return printJson(result);
  await printTable(
    [
      { title: 'Text', shrink: true },
      { title: 'Copies', align: 'right' },
      { title: 'Shallow size', align: 'right' },
      { title: 'Retained size', align: 'right' },
      { title: '', align: 'right' },
    ],
    result.rows.map((row) => [
      printable(JSON.stringify(row.value)),
      integer(row.count),
      integer(row.shallowSize),
      integer(row.retainedSize),
      percent(row.retainedSize, snapshot.totalSize),
    ]),
    values,
  );
  return print(['', style('dim', shown('texts', result.rows.length, result.totals.count))]);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: LIST_OPTIONS,
  help: 'Texts that are stored more than once, largest retained size first. V8 shortens long strings in a snapshot.',
  run,
};
