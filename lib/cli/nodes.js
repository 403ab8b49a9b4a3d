'use strict';

const {open} = require('./kit/open.js');

const STDOUT = 1;

async function run({positionals: [file]}) {
  const snapshot = await open(file);
  snapshot.writeNodesSync(STDOUT);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {},
  help: `Every object in the order of the file, one line of JSON each: id name type constructor selfSize shallowSize
retainedSize distance rawDistance dominatorId detachedness. selfSize is the file's number, shallowSize what DevTools
shows, which counts hidden parts to their owners. distance is null when only the system's roots, or nothing, reach
the object; rawDistance is DevTools' number even then.`,
  run,
};
