'use strict';
// Run in a process of its own: does a forked dump work here? Prints `passed`, or why not.

const { capture } = require('./capture.js');

const conclude = (error) => process.stdout.write(error ? `${error.message}\n` : 'passed\n');

try {
  capture({ path: '/dev/null', method: 'fork', force: true, reason: 'probe' }, conclude);
} catch (error) {
  conclude(error);
}
