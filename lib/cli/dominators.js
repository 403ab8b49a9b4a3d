'use strict';

const { LIST_OPTIONS, nodeId, range } = require('./kit/arguments.js');
const { printNodes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { printJson } = require('./kit/output.js');

async function run({ values, positionals: [file, id] }) {
  const wanted = nodeId(id);
  const snapshot = await open(file);
  const result = values.children
    ? snapshot.dominatorTreeSync(wanted, range(values))
    : snapshot.dominatorsSync(wanted, range(values));
  if (values.json) return printJson(result);
  return printNodes(result, snapshot.totalSize, values);
}

module.exports = {
  usage: 'FILE ID',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    children: { type: 'boolean', about: 'show the objects that it immediately dominates instead, largest retained size first' },
  },
  help: `Prints the object, its immediate dominator, the immediate dominator of that one, and so on up to the root. Removing
any of them frees the object.`,
  run,
};
