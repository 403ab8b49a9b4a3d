'use strict';
// Promise.race adds reactions to the shutdown promise for every job, and they stay until the process shuts down.
let requestShutdown;
const shutdown = new Promise((resolve) => { requestShutdown = resolve; });
process.once('SIGUSR2', () => requestShutdown('signal'));

async function convert(n) {
  await new Promise((resolve) => { setImmediate(resolve); });
  return { n, thumbnail: Buffer.alloc(200, n).toString('hex') };
}

async function runJob(n) {
  const result = await Promise.race([shutdown, convert(n)]);
  return result.thumbnail.length;
}

require('../harness').run((n) => Promise.all([1, 2, 3, 4, 5].map((part) => runJob(n * 5 + part))));
