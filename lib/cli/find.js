'use strict';

const { LIST_OPTIONS, range } = require('./kit/arguments.js');
const { printNodes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { printJson } = require('./kit/output.js');
const { printable } = require('../text.js');

async function run({ values, positionals: [file, text] }) {
  const snapshot = await open(file);
  const result = snapshot.findSync({
    ...range(values),
    name: text,
    type: values.type,
    className: values.class,
    caseSensitive: values['case-sensitive'],
  });
  if (values.json) return printJson(result);
  return printNodes(result, snapshot.totalSize, values, [{ title: 'Constructor', shrink: true }], (row) => [
    printable(row.constructor),
  ]);
}

module.exports = {
  usage: 'FILE TEXT',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    type: { type: 'string', value: 'TYPE', about: 'only objects of this type of V8, such as string, closure or native' },
    class: { type: 'string', value: 'NAME', about: 'only objects of the constructor with this name' },
    'case-sensitive': { type: 'boolean', about: 'distinguish capitals from small letters' },
  },
  help: 'Objects whose name contains a text, in the order of the file.',
  run,
};
