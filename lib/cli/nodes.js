'use strict';

const { open } = require('./kit/open.js');
const { write } = require('./kit/output.js');
const { nativeOf } = require('../analysis/snapshot.js');

/** Number of nodes that are written at a time: a few megabytes of text. */
const NODES_PER_WRITE = 1 << 14;

async function run({ positionals: [file] }) {
  const snapshot = await open(file);
  // The public API has no call for this. Querying one object after the other would take minutes.
  for (let i = 0; i < snapshot.nodeCount; i += NODES_PER_WRITE) await write(nativeOf(snapshot).nodeLinesSync(i, NODES_PER_WRITE));
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {},
  help: `Prints every object in the order of the file, one line of JSON each: id name type constructor selfSize shallowSize
retainedSize distance rawDistance dominatorId detachedness. selfSize is the number in the file. shallowSize is the number
of DevTools, which adds hidden parts to their owners. distance is null if the object is reachable from the roots of the
system only, or unreachable; rawDistance is the number of DevTools even then.`,
  run,
};
