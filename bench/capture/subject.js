'use strict';
// One measurement in a separate process: node subject.js METHOD RECORDS OUT
// Prints {ms, cpuMs, pauseMs, rssBefore, rssPeak, heapUsed, bytes}.

const fs = require('node:fs');
const grow = require('./heap.js');
const { METHODS } = require('./methods.js');

const [method, records, out] = process.argv.slice(2);

async function main() {
  const dump = METHODS[method](out);
  grow(Number(records));
  globalThis.gc();
  const rssBefore = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await dump();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  // Only dump() returns before it has ended, and reports its pause.
  const pauseMs = result.pauseMs ?? ms;
  const rssPeak = process.resourceUsage().maxRSS * 1024;
  const { heapUsed } = process.memoryUsage();
  process.stdout.write(
    JSON.stringify({ ms, cpuMs: (user + system) / 1000, pauseMs, rssBefore, rssPeak, heapUsed, bytes: fs.statSync(out).size }),
  );
}

main();
