'use strict';
// One measurement in a process of its own: node subject.js METHOD RECORDS OUT
// Prints {ms, pauseMs, rssBefore, rssPeak, bytes}.

const fs = require('node:fs');
const path = require('node:path');
const grow = require('./heap.js');

const [method, records, out] = process.argv.slice(2);

const methods = {
  'v8.writeHeapSnapshot': () => {
    const { writeHeapSnapshot } = require('node:v8');
    return () => writeHeapSnapshot(out);
  },
  heapdump: () => {
    process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
    const heapdump = require(path.join(process.env.BENCH_PEERS, 'node_modules', 'heapdump'));
    return () => heapdump.writeSnapshot(out);
  },
  'heapdump-rs writeSnapshot': () => {
    const heapdump = require('../../index.js');
    return () => heapdump.writeSnapshot(out);
  },
  'heapdump-rs dump': () => {
    const heapdump = require('../../index.js');
    return () => heapdump.dump({ path: out });
  },
};

async function main() {
  const dump = methods[method]();
  grow(Number(records));
  globalThis.gc();
  const rssBefore = process.memoryUsage.rss();
  const start = performance.now();
  const pending = dump();
  const pauseMs = performance.now() - start;
  await pending;
  const ms = performance.now() - start;
  const rssPeak = process.resourceUsage().maxRSS * 1024;
  const { heapUsed } = process.memoryUsage();
  process.stdout.write(JSON.stringify({ ms, pauseMs, rssBefore, rssPeak, heapUsed, bytes: fs.statSync(out).size }));
}

main();
