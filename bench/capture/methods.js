'use strict';
// The compared dump methods. Each loads its package at the first call, so that a process loads no other.

const path = require('node:path');

const heapdumpRs = () => require('../../index.js');

/** Name -> function(file) that loads the package and returns the function that dumps to `file`. */
const METHODS = {
  'v8.writeHeapSnapshot': (file) => {
    const { writeHeapSnapshot } = require('node:v8');
    return () => writeHeapSnapshot(file);
  },
  heapdump: (file) => {
    process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
    const heapdump = require(path.join(process.env.BENCH_PEERS, 'node_modules', 'heapdump'));
    return () => heapdump.writeSnapshot(file);
  },
  'heapdump-rs writeSnapshot': (file) => {
    const { writeSnapshot } = heapdumpRs();
    return () => writeSnapshot(file);
  },
  'heapdump-rs dump': dumpWith({ mode: 'inline' }),
  'heapdump-rs fork': dumpWith({ mode: 'fork', fallback: false }),
  'heapdump-rs fork, not comparable': dumpWith({ mode: 'fork', fallback: false, comparable: false }),
};

function dumpWith(options) {
  return (file) => {
    const { dump } = heapdumpRs();
    return () => dump({ path: file, overwrite: true, ...options });
  };
}

module.exports = { METHODS };
