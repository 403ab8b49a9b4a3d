'use strict';
// One measurement in a process of its own: node subject.js METHOD RECORDS OUT
// Prints {ms, cpuMs, pauseMs, rssBefore, rssPeak, heapUsed, bytes}.

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
  'heapdump-rs fork': () => {
    const heapdump = require('../../index.js');
    return () => heapdump.dump({ path: out, mode: 'fork', fallback: false });
  },
  'heapdump-rs fork, not comparable': () => {
    const heapdump = require('../../index.js');
    return () => heapdump.dump({ path: out, mode: 'fork', fallback: false, comparable: false });
  },
};

async function main() {
  const dump = methods[method]();
  grow(Number(records));
  globalThis.gc();
  const rssBefore = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await dump();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  // Only dump() gives control back before it has ended, and says how long it had kept it.
  const pauseMs = result.pauseMs ?? ms;
  const rssPeak = process.resourceUsage().maxRSS * 1024;
  const { heapUsed } = process.memoryUsage();
  process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000, pauseMs, rssBefore, rssPeak, heapUsed, bytes: fs.statSync(out).size }));
}

main();
