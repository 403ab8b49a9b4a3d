'use strict';
// Writes the one snapshot of a program for `programs-single`: what is known after a crash.

const path = require('node:path');
const v8 = require('node:v8');

module.exports.write = () => {
  v8.writeHeapSnapshot(path.join(process.argv[2], '1.heapsnapshot'));
};
