'use strict';

const { LIST_OPTIONS, choice, few, range } = require('./kit/arguments.js');
const { label, pathText, short } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { diffSync } = require('../analysis/diff.js');
const {
  IDENTITIES,
  SORTS: { diff: SORTS },
} = require('../analysis/questions.js');
const { bytes, integer, printable, signed } = require('../text.js');

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
  { title: 'Owner' },
  { title: 'Path of an example', shrink: true, isPath: true },
];

/** Prints the new objects, grouped by constructor and owner. */
async function printGroups(groups, how) {
  if (!groups?.totals.rowCount) return;
  const { totals, rows } = groups;
  await print(['']);
  await printTable(
    GROUP_COLUMNS,
    rows.map(({ constructor, count, shallowSize, retainedSize, owner, example, path }) => [
      short(printable(constructor), how),
      integer(count),
      integer(shallowSize),
      integer(retainedSize),
      short(label(owner), how),
      `@${example.id} ${pathText(path, how)}`,
    ]),
    how,
  );
  await print(['', style('dim', shown('groups of new objects', rows.length, totals.rowCount, 'new-objects'))]);
}

async function run({ values, positionals: [before, after] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const by = choice(values.by, 'by', IDENTITIES);
  const newObjects = few(values, 'new-objects');
  const base = await open(before);
  const current = await open(after);
  const result = diffSync(base, current, { ...range(values), sort, by, newObjects });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  await printTable(
    COLUMNS,
    rows.map((row) => [
      printable(row.constructor),
      signed(row.addedCount),
      signed(-row.removedCount),
      signed(row.countDelta),
      signed(row.addedSize),
      signed(-row.removedSize),
      signed(row.sizeDelta),
    ]),
    values,
  );
  await print([
    '',
    style(
      'dim',
      `${shown('constructors', rows.length, totals.rowCount)}; ` +
        `${integer(totals.addedCount)} objects (${bytes(totals.addedSize)}) added, ` +
        `${integer(totals.removedCount)} (${bytes(totals.removedSize)}) removed, ${bytes(totals.sizeDelta)} in all`,
    ),
  ]);
  return printGroups(result.newObjects, values);
}

module.exports = {
  usage: 'BEFORE AFTER',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    by: {
      type: 'string',
      value: 'KEY',
      about: 'id: compare objects by their ids (default); name: compare their number by constructor',
    },
    'new-objects': { type: 'string', value: 'N', about: 'groups of new objects to show (10; 20 with --json)' },
  },
  help: `Compares two snapshots of one process, as the Comparison view of DevTools: added and removed objects by constructor.
Objects are identified by their ids. A second table groups the new objects by constructor and by owner, the nearest
dominator that already existed in the first snapshot (newObjects).

Snapshots of different processes have different ids and are refused. --by=name compares number and size of the objects of
each constructor instead. Then only the difference is known, and no owners.`,
  run,
};
