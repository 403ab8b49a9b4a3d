'use strict';

const { LIST_OPTIONS, choice, range } = require('./kit/arguments.js');
const { heading, numbers } = require('./kit/columns.js');
const { nameOf, placeOf } = require('./kit/frames.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const {
  LISTS: { allocations: LIST },
} = require('../analysis/columns.js');
const {
  GROUPINGS,
  SORTS: { allocations: SORTS },
} = require('../analysis/questions.js');
const { bytes, integer } = require('../text.js');

const { columns: NUMBERS, cells } = numbers(LIST.columns, (key) => key === 'shallowSize');

/** Number of callers of a function in its row. The row of a stack has all. */
const CALLERS = 2;

const NO_STACKS = 'the snapshot has no allocation stacks: V8 did not track allocations when it was taken';

async function run({ values, positionals: [file] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const by = choice(values.by, 'by', GROUPINGS);
  const snapshot = await open(file);
  const result = snapshot.allocationsSync({ ...range(values), sort, by, reverse: values.reverse });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  if (totals.rowCount === 0) return print([NO_STACKS]);
  const callers = by === 'stack' ? Infinity : CALLERS;
  await print([`${style('bold', bytes(totals.shallowSize))} alive, in ${integer(totals.count)} objects whose stack is known`, '']);
  await printTable(
    [
      { title: heading(LIST.first), shrink: true },
      ...NUMBERS,
      { title: 'Place', shrink: true, isPath: true },
      { title: 'Called by', shrink: true, isPath: true },
    ],
    rows.map((row) => [
      nameOf(row),
      ...cells(row, totals.shallowSize),
      placeOf(row),
      row.callers.slice(0, callers).map(nameOf).join(' \u2190 '),
    ]),
    values,
  );
  return print([
    '',
    style('dim', `${shown(by === 'stack' ? 'stacks' : 'functions', rows.length, totals.rowCount)}; sizes in bytes`),
  ]);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {
    by: { type: 'string', value: 'WHAT', about: `one row for each ${GROUPINGS.join(' or ')}; the first is the default` },
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    reverse: { type: 'boolean', about: 'reverse the order' },
  },
  help: `Living objects by the function that allocated them, or by its stack, as in the Allocation view of DevTools. The snapshot must have
been taken while V8 tracked allocations: with "Allocation stack traces" in DevTools, or HeapProfiler.startTrackingHeapObjects with
trackAllocations. "# allocated" and "allocated size" also count objects that are gone. The place is where the function begins.`,
  run,
};
