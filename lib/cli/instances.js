'use strict';

const { LIST_OPTIONS, choice, range } = require('./kit/arguments.js');
const { printNodes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { printJson } = require('./kit/output.js');
const {
  SORTS: { nodes: SORTS },
} = require('../analysis/questions.js');

async function run({ values, positionals: [file, constructor] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const snapshot = await open(file);
  const result = snapshot.instancesSync(constructor, { ...range(values), sort, filter: values.filter });
  if (values.json) return printJson(result);
  return printNodes(result, snapshot.totalSize, values);
}

module.exports = {
  usage: 'FILE CONSTRUCTOR',
  positionals: [2],
  options: {
    ...LIST_OPTIONS,
    sort: { type: 'string', value: 'KEY', about: `${SORTS.join(', ')}; the first is the default` },
    filter: { type: 'string', value: 'NAME', about: 'a filter, as of summary' },
  },
  help: `Lists the objects of one constructor. CONSTRUCTOR is a name as summary prints it, or the classKey of a row of its
JSON if several constructors have the same name.`,
  run,
};
