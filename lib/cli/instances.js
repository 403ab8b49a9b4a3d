'use strict';

const { LIST_OPTIONS, choice, range } = require('./kit/arguments.js');
const { frameText } = require('./kit/frames.js');
const { printNodes } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { printJson } = require('./kit/output.js');
const {
  SORTS: { nodes: SORTS },
} = require('../analysis/questions.js');

const ALLOCATED_BY = { title: 'Allocated by', shrink: true, isPath: true };

/** Returns the function that allocated an object, as text. */
function allocator(snapshot, { id }) {
  const [frame] = snapshot.allocationStackSync(id) ?? [];
  return frame ? frameText(frame) : '';
}

async function run({ values, positionals: [file, constructor] }) {
  const sort = choice(values.sort, 'sort', SORTS);
  const snapshot = await open(file);
  const result = snapshot.instancesSync(constructor, { ...range(values), sort, filter: values.filter });
  if (values.json) return printJson(result);
  // Asking for the stack of each object takes time, which a snapshot without stacks need not take.
  const hasStacks = snapshot.allocationsSync({ limit: 0 }).totals.rowCount > 0;
  return printNodes(
    result,
    snapshot.totalSize,
    values,
    ...(hasStacks ? [[ALLOCATED_BY], (row) => [allocator(snapshot, row)]] : []),
  );
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
