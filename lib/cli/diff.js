'use strict';

const { LIST_OPTIONS, choice, few, range } = require('./kit/arguments.js');
const { label, way } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { bytes, integer, printable, shorten, signed } = require('./kit/text.js');
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

const GROUP_COLUMNS = [
  { title: 'New objects' },
  { title: 'Count', align: 'right' },
  { title: 'Size', align: 'right' },
  { title: 'Retained size', align: 'right' },
  { title: 'Kept by' },
  { title: 'Path of an example', shrink: true },
];

/** The new objects by who keeps them. */
async function printGroups({ totals, rows }) {
  if (totals.rowCount === 0) return;
  await print(['']);
  await printTable(GROUP_COLUMNS, rows.map(({ constructor, count, shallowSize, retainedSize, owner, example, path }) => [
    shorten(printable(constructor), 40), integer(count), integer(shallowSize), integer(retainedSize),
    shorten(label(owner), 40), `@${example.id} ${way(path)}`,
  ]));
  await print(['', style('dim', shown('groups of new objects', rows.length, totals.rowCount, 'new-objects'))]);
}

async function run({ values, positionals: [before, after] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const newObjects = few(values, 'new-objects');
  const base = await open(before);
  const current = await open(after);
  const result = compareSync(base, current, { ...range(values), sort, newObjects });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  await printTable(COLUMNS, rows.map((row) => [
    printable(row.constructor), signed(row.addedCount), signed(-row.removedCount), signed(row.countDelta),
    signed(row.addedSize), signed(-row.removedSize), signed(row.sizeDelta),
  ]));
  await print(['', style('dim', `${shown('constructors', rows.length, totals.rowCount)}; `
    + `${integer(totals.addedCount)} objects (${bytes(totals.addedSize)}) came, `
    + `${integer(totals.removedCount)} (${bytes(totals.removedSize)}) went, ${bytes(totals.sizeDelta)} in all`)]);
  return printGroups(result.newObjects);
}

module.exports = {
  usage: 'BEFORE AFTER',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    'new-objects': { type: 'string', value: 'N', about: 'groups of new objects to show (10; 20 with --json)' },
  },
  help: `What came and went between two snapshots of one process, as the Comparison view of DevTools. Objects are told
apart by their ids, so two files of different processes cannot be compared. Then the new objects by constructor and by
owner, the nearest object that keeps them alive and was there before (newObjects).`,
  run,
};
