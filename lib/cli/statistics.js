'use strict';

const { open } = require('./kit/open.js');
const { printJson, printTable } = require('./kit/output.js');
const { integer, percent } = require('../text.js');

async function run({ values, positionals: [file] }) {
  const snapshot = await open(file);
  const result = snapshot.statisticsSync();
  if (values.json) return printJson(result);
  const rows = [...result.slices, { name: 'Total', size: result.total }];
  return printTable(
    [{ title: 'Kind' }, { title: 'Size', align: 'right' }, { title: '', align: 'right' }],
    rows.map(({ name, size }) => [name, integer(size), percent(size, result.total)]),
  );
}

module.exports = { usage: 'FILE', positionals: [1], options: {}, run };
