'use strict';

const { LIST_OPTIONS, SOURCE_ROOT, choice, range, sourceRoots } = require('./kit/arguments.js');
const { heading, numbers } = require('./kit/columns.js');
const { openAll } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const {
  LISTS: { packages: LIST },
} = require('../analysis/columns.js');
const { packagesSync } = require('../analysis/packages.js');
const {
  SORTS: { packages: SORTS },
} = require('../analysis/questions.js');
const { bytes, integer, printable, signed } = require('../text.js');

const { columns: NUMBERS, cells } = numbers(LIST.columns, (key) => key === 'ownSize');
const CHANGES = ['Own delta', 'Retained delta', 'Objects delta'].map((title) => ({ title, align: 'right' }));

const nameOf = ({ package: name, version }) => printable(version === null ? name : `${name}@${version}`);

function rowOf(row, totalSize) {
  const { change } = row;
  const changes = change ? [change.ownSize, change.retainedSize, change.count].map(signed) : [];
  return [nameOf(row), ...cells(row, totalSize), ...changes];
}

async function run({ values, positionals: files }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const result = packagesSync(await openAll(files), { ...range(values), sort, sourceRoots: sourceRoots(values) });
  if (values.json) return printJson(result);
  const { totals, rows } = result;
  const change = totals.ownSizeChange === undefined ? '' : `, ${signed(totals.ownSizeChange)} bytes since the first snapshot`;
  await print([`${style('bold', bytes(totals.ownSize))} in ${integer(totals.count)} objects${change}`, '']);
  await printTable(
    [{ title: heading(LIST.first), shrink: true }, ...NUMBERS, ...(files.length > 1 ? CHANGES : [])],
    rows.map((row) => rowOf(row, totals.ownSize)),
    values,
  );
  return print(['', style('dim', `${shown('packages', rows.length, totals.rowCount)}; sizes in bytes`)]);
}

module.exports = {
  usage: 'FILE [FILE...]',
  positionals: [1, Infinity],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    'source-root': SOURCE_ROOT,
  },
  help: `Bytes of each npm package, of Node, of V8 and of the application. With several snapshots, oldest first, the last is compared
with the first. An object belongs to the package of the function that constructed it; a function, scope or module to the
package of its script; everything else to the package of its immediate dominator: the rows sum to the heap. Retained size
includes objects of other packages that only this one retains. Names and versions are read from package.json files if these
still exist (see --source-root), bundles through their source maps.`,
  run,
};
