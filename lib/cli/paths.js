'use strict';

const { nodeId, wholeNumber } = require('./kit/arguments.js');
const { label } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, style } = require('./kit/output.js');
const { integer, printable } = require('../text.js');

/** Number of printed paths without --limit. */
const DEFAULT_PATHS = 5;

/** Yields the paths of the tree of retainers, from the object to the leaves, which are next to the roots. */
function* chains(branches, before = []) {
  for (const branch of branches) {
    const chain = [...before, branch];
    if (branch.children.length > 0) yield* chains(branch.children, chain);
    else yield chain;
  }
}

function* linesOf(node, paths, limit) {
  yield style('bold', label(node));
  let count = 0;
  for (const chain of chains(paths)) {
    if (count++ === limit) {
      yield style('dim', '\nmore paths follow; --limit=N shows more');
      return;
    }
    yield '';
    for (const step of chain) {
      yield `  ${style('dim', step.edgeType)} ${printable(step.edge)} in ${label(step)} (distance ${integer(step.distance)})`;
    }
  }
  if (count === 0) yield '\nno path from the roots of the program';
}

async function run({ values, positionals: [file, id] }) {
  const wanted = nodeId(id);
  const limit = values.limit === undefined ? DEFAULT_PATHS : wholeNumber(values.limit, '--limit');
  const bound = (name) => (values[name] === undefined ? undefined : wholeNumber(values[name], `--${name}`));
  const snapshot = await open(file);
  const result = snapshot.pathsToRootSync(wanted, { depth: bound('depth'), nodes: bound('nodes'), siblings: bound('siblings') });
  if (values.json) return printJson(result);
  return print([...linesOf(snapshot.nodeSync(wanted), result.paths, limit)]);
}

module.exports = {
  usage: 'FILE ID',
  positionals: [2],
  options: {
    limit: { type: 'string', short: 'n', value: 'N', about: `paths to show (${DEFAULT_PATHS}); JSON has all` },
    depth: { type: 'string', value: 'N', about: 'longest path to follow (30)' },
    nodes: { type: 'string', value: 'N', about: 'maximum number of objects to visit (5000)' },
    siblings: { type: 'string', value: 'N', about: 'maximum number of retainers of one object to follow (100)' },
  },
  help: `Prints the retaining paths of an object: from the object along its retainers to the roots of the program, shortest
first. JSON has the tree of retainers (paths), and the limits that ended the search (limits).`,
  run,
};
