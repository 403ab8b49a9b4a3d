'use strict';
// Writes the only snapshot of a program for `programs-single`, as after a crash.

const path = require('node:path');
const v8 = require('node:v8');

module.exports.write = () => {
  v8.writeHeapSnapshot(path.join(process.argv[2], '1.heapsnapshot'));
};
