'use strict';

const { LIST_OPTIONS, choice, few, range } = require('./kit/arguments.js');
const { label, pathText, short } = require('./kit/nodes.js');
const { openAll } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const {
  SORTS: { trend: SORTS },
} = require('../analysis/questions.js');
const { MIN_SNAPSHOTS, trendSync } = require('../analysis/trend.js');
const { bytes, integer, printable, signed } = require('../text.js');

/** Maximum number of numbers of a series on a line. */
const MAX_NUMBERS = 5;

const SERIES_COLUMNS = [
  { title: 'Verdict' },
  { title: 'Objects', align: 'right' },
  { title: 'Size', align: 'right' },
  { title: 'Delta', align: 'right' },
  { title: 'Retained size', align: 'right' },
];
const STYLES = { growing: 'red', shrinking: 'green' };

/** Returns the numbers of all snapshots; of many, the first one and the last ones. */
function series(numbers, write = integer) {
  const shown = numbers.length > MAX_NUMBERS ? [numbers[0], ...numbers.slice(1 - MAX_NUMBERS)] : numbers;
  const texts = shown.map((number) => write(number));
  if (shown !== numbers) texts.splice(1, 0, '…');
  return texts.join(' → ');
}

/** Returns the cells of SERIES_COLUMNS. */
function cells({ verdict, count, shallowSize, retainedSize }) {
  return [
    verdict,
    series(count),
    series(shallowSize, bytes),
    signed(shallowSize.at(-1) - shallowSize[0]),
    bytes(retainedSize.at(-1)),
  ];
}

/** Returns the line below a list: how many rows are shown, and how many have each verdict. */
function verdictsOf({ rowCount, ...verdicts }, what, count, option) {
  const all = Object.entries(verdicts).map(([verdict, number]) => {
    const text = `${integer(number)} ${verdict}`;
    return number > 0 && STYLES[verdict] ? style(STYLES[verdict], text) : style('dim', text);
  });
  return `${style('dim', `${shown(what, count, rowCount, option)}: `)}${all.join(style('dim', ', '))}`;
}

async function run({ values, positionals: files }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const owners = few(values, 'owners');
  const result = trendSync(await openAll(files), { ...range(values), sort, owners });
  if (values.json) return printJson(result);
  const {
    snapshots: { totalSize },
    totals,
    rows,
    owners: { totals: ownerTotals, rows: ownerRows },
  } = result;
  await print([`${style('bold', `${files.length} snapshots`)}  ${series(totalSize, bytes)}`, '']);
  await printTable(
    [{ title: 'Constructor', shrink: true }, ...SERIES_COLUMNS],
    rows.map((row) => [printable(row.constructor), ...cells(row)]),
    values,
  );
  await print(['', verdictsOf(totals, 'constructors', rows.length), '']);
  if (ownerRows.length === 0) return undefined;
  await printTable(
    [{ title: 'Owner' }, ...SERIES_COLUMNS, { title: 'Path of an example', shrink: true, isPath: true }],
    ownerRows.map((row) => [
      short(label(row.owner), values),
      ...cells(row),
      row.example ? `${short(label(row.example), values)} ${pathText(row.path, values)}` : '',
    ]),
    values,
  );
  return print(['', verdictsOf(ownerTotals, 'owners', ownerRows.length, 'owners')]);
}

module.exports = {
  usage: 'FILE FILE FILE...',
  positionals: [MIN_SNAPSHOTS, Infinity],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    owners: { type: 'string', value: 'N', about: 'owners to show (10; 20 with --json)' },
  },
  help: `Shows growth over three or more snapshots of one process, oldest first: by constructor, and by owner. An owner is in all
snapshots, and retains the added and removed objects that its row counts. A row is stable if its bytes differ by no more than
1 % of the maximum. Otherwise it is growing (or shrinking) if its bytes, or else the number of its objects, rise (or fall) in
every step, and noisy if not. JSON also has the survivors of the first snapshot, and the objects of each step that are still
alive.`,
  run,
};
