'use strict';
// One measurement in a separate process: node subject.js METHOD RECORDS FILE
// Prints {ms, cpuMs, rssPeak, heapUsed, nodeCount}.

const heapdump = require('../../index.js');
const grow = require('../capture/heap.js');

const [method, records, file] = process.argv.slice(2);

const methods = {
  // Our own writer, so that both do the same to V8. bench/capture measures v8.writeHeapSnapshot.
  async 'write a file'() {
    heapdump.writeSnapshot(file);
    return 0;
  },
  async 'write a file, open it'() {
    const { path } = await heapdump.dump({ path: file });
    return useUp(await heapdump.open(path));
  },
  async 'snapshot()'() {
    return useUp(await heapdump.snapshot());
  },
  async 'analyze()'() {
    return (await heapdump.analyze(undefined, { limit: 20 })).totals.nodeCount;
  },
  async 'analyzeSync()'() {
    return heapdump.analyzeSync(undefined, { limit: 20 }).totals.nodeCount;
  },
};

/** Returns the same result as analyze(). */
async function useUp(snapshot) {
  const { totals } = await snapshot.summary({ limit: 20 });
  snapshot.close();
  return totals.nodeCount;
}

async function main() {
  grow(Number(records));
  globalThis.gc();
  const { heapUsed } = process.memoryUsage();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const nodeCount = await methods[method]();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const rssPeak = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000, rssPeak, heapUsed, nodeCount }));
}

main();
