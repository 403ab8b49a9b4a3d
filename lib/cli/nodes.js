'use strict';

const { open } = require('./kit/open.js');
const { write } = require('./kit/output.js');
const { nativeOf } = require('../analysis/snapshot.js');

/** Nodes that are written at a time: a few megabytes of text. */
const PIECE = 1 << 14;

async function run({ positionals: [file] }) {
  const snapshot = await open(file);
  // JavaScript has no call for it: one object after the other would take minutes.
  for (let i = 0; i < snapshot.nodeCount; i += PIECE) await write(nativeOf(snapshot).nodeLinesSync(i, PIECE));
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {},
  help: `Prints every object in the order of the file, one line of JSON each: id name type constructor selfSize shallowSize
retainedSize distance rawDistance dominatorId detachedness. selfSize is the number in the file. shallowSize is the number
of DevTools, which adds hidden parts to their owners. distance is null if only the system's roots, or nothing, reach the
object; rawDistance is the number of DevTools even then.`,
  run,
};
