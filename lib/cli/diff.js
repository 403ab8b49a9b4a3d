'use strict';

const { LIST_OPTIONS, choice, range } = require('./kit/arguments.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { bytes, integer, printable, signed } = require('./kit/text.js');
const { compareSync } = require('../diff.js');
const { SORTS: { diff: SORTS } } = require('../questions.js');

const COLUMNS = [
  { title: 'Constructor', shrink: true },
  { title: 'New', align: 'right' },
  { title: 'Deleted', align: 'right' },
  { title: 'Delta', align: 'right' },
  { title: 'Size of new', align: 'right' },
  { title: 'Of deleted', align: 'right' },
  { title: 'Delta', align: 'right' },
];

async function run({ values, positionals: [before, after] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const base = await open(before);
  const current = await open(after);
  const result = compareSync(base, current, { ...range(values), sort });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  await printTable(COLUMNS, rows.map((row) => [
    printable(row.constructor), signed(row.addedCount), signed(-row.removedCount), signed(row.countDelta),
    signed(row.addedSize), signed(-row.removedSize), signed(row.sizeDelta),
  ]));
  return print(['', style('dim', `${shown('constructors', rows.length, totals.rowCount)}; `
    + `${integer(totals.addedCount)} objects (${bytes(totals.addedSize)}) came, `
    + `${integer(totals.removedCount)} (${bytes(totals.removedSize)}) went, ${bytes(totals.sizeDelta)} in all`)]);
}

module.exports = {
  usage: 'BEFORE AFTER',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
  },
  help: `What came and went between two snapshots of one process, as the Comparison view of DevTools. Objects are told
apart by their ids, so two files of different processes cannot be compared. JSON has the new objects by constructor and
owner besides (newObjects).`,
  run,
};
