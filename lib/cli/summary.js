'use strict';

const path = require('node:path');
const { LIST_OPTIONS, choice, range } = require('./kit/arguments.js');
const { heading, numbers } = require('./kit/columns.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const {
  LISTS: { summary: LIST },
} = require('../analysis/columns.js');
const {
  FILTERS,
  SORTS: { summary: SORTS },
} = require('../analysis/questions.js');
const { bytes, integer, printable } = require('../text.js');

const { columns: COLUMNS, cells } = numbers([...LIST.besideFirst, ...LIST.columns]);

async function run({ values, positionals: [file] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const snapshot = await open(file);
  const result = snapshot.summarySync({ ...range(values), sort, filter: values.filter, match: values.match });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  await print([
    `${style('bold', path.basename(file))}  ${bytes(totals.totalSize)} in ${integer(totals.nodeCount)} objects, ` +
      `${integer(totals.edgeCount)} references`,
    '',
  ]);
  await printTable(
    [{ title: heading(LIST.first), shrink: true }, ...COLUMNS],
    rows.map((row) => [printable(row[LIST.first]), ...cells(row, totals.totalSize)]),
    values,
  );
  return print(['', style('dim', `${shown('constructors', rows.length, totals.rowCount)}; sizes in bytes`)]);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    match: { type: 'string', value: 'TEXT', about: 'only constructors whose name contains this, in any case' },
    filter: {
      type: 'string',
      value: 'NAME',
      about: `only objects that a filter of DevTools selects: ${FILTERS.join(', ')}`,
    },
  },
  run,
};
