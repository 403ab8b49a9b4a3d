'use strict';
// A process of a known size, and what its ledgers cost: `node --expose-gc subject.js CONTENTS MB` prints JSON.

const { setTimeout: sleep } = require('node:timers/promises');
const { memory } = require('../..');
const { median } = require('../median.js');

const LEDGERS = 10;
const BETWEEN_MS = 20;

/** Contents of the process: `make` returns about a megabyte. */
const CONTENTS = {
  'large Buffers': () => Buffer.alloc(1e6, 1),
  'small Buffers': () => Array.from({ length: 250 }, () => Buffer.alloc(4000, 1)),
  objects: () => Array.from({ length: 12_000 }, (_, i) => ({ i, list: [i] })),
};

/** Returns the median of the longest time between two turns of the event loop, over rounds of `action`. */
async function delayDuring(action) {
  const longest = [];
  for (let i = 0; i < LEDGERS; i++) {
    let most = 0;
    let isOver = false;
    let last = performance.now();
    const beat = () => {
      most = Math.max(most, performance.now() - last);
      last = performance.now();
      if (!isOver) setImmediate(beat);
    };
    setImmediate(beat);
    await action();
    isOver = true;
    longest.push(most);
    await sleep(BETWEEN_MS);
  }
  return median(longest);
}

async function main([contents, megabytes]) {
  const retained = Array.from({ length: Number(megabytes) }, CONTENTS[contents]);
  for (let i = 0; i < 3; i++) {
    await sleep(BETWEEN_MS);
    global.gc();
  }
  await memory();
  const ledgers = [];
  const delayMs = await delayDuring(async () => ledgers.push(await memory()));
  const idleMs = await delayDuring(() => sleep(median(ledgers.map(({ durationMs }) => durationMs))));
  const [{ rss, counts }] = ledgers;
  const cpuMs = Math.min(...ledgers.map((ledger) => ledger.cpuMs));
  process.stdout.write(JSON.stringify({ rss, mappings: counts.mappings, cpuMs, delayMs, idleMs, count: retained.length }));
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { CONTENTS };
