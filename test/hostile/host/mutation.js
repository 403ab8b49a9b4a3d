'use strict';
// Dumps of a process that changes its heap as fast as it can, each opened with the code of Chrome DevTools.

const fs = require('node:fs');
const path = require('node:path');
const { hostileCase } = require('./case.js');
const { checkInDevTools } = require('./devtools.js');
const { checkFile, startService, tally } = require('./service.js');

/** Changes every kind of object that V8 treats specially, without a pause except for the event loop. */
const MUTATOR = `
  const live = { map: new Map(), set: new Set(), array: [], table: Object.create(null), weak: new WeakMap(), text: '', buffers: [] };
  const registry = new FinalizationRegistry(() => {});
  class Mutant { constructor(n) { this.n = n; this.self = this; } }
  let n = 0;
  function mutate() {
    for (let i = 0; i < 3000; i += 1) {
      n += 1;
      const mutant = new Mutant(n);
      mutant['field ' + (n % 50)] = [n, String(n), n / 3];
      if (n % 7 === 0) delete mutant.self;
      live.map.set(n % 512, mutant);
      live.set.add(mutant);
      if (live.set.size > 600) live.set.clear();
      live.table['key ' + (n % 400)] = mutant;
      if (n % 3 === 0) delete live.table['key ' + ((n * 7) % 400)];
      live.array.push(mutant);
      if (live.array.length > 1000) live.array.splice(n % 100, 500);
      live.weak.set(mutant, { of: mutant });
      live.text = (live.text + n).slice(-2000);
      if (n % 101 === 0) registry.register(mutant, n);
      if (n % 997 === 0) live.buffers[n % 16] = new ArrayBuffer(n % 65536);
      if (n % 499 === 0) live.code = new Function('x', 'return x + ' + n)(n);
    }
    Promise.resolve(n).then((value) => live.map.set('promised', value));
    setImmediate(mutate);
  }
  mutate();
  setInterval(() => new Promise((resolve) => setTimeout(resolve, 5)), 1);
  process.stdin.on('data', (text) => { if (/^0$/m.test(text)) heapdump.dump({ mode: 'inline' }); });
`;

async function mutation(t, executable, dumps) {
  const service = startService(t, { node: executable, after: MUTATOR });
  await service.ready();
  const methods = [];
  for (let i = 0; i < dumps; i += 1) {
    const outcome = i % 3 === 2 ? service.outcome() : service.signal();
    if (i % 3 === 2) {
      service.app.tell('0');
      await service.app.said('answer');
    }
    const { path: file, method } = await outcome;
    methods.push(method);
    const dumped = path.resolve(service.directory, file);
    checkFile(dumped);
    await checkInDevTools(dumped);
    fs.unlinkSync(dumped);
    await service.works();
  }
  await service.end();
  return tally(methods);
}

function mutationCases({ nodes, brief }) {
  const dumps = brief ? 3 : 30;
  return nodes.map(({ executable, version }) =>
    hostileCase(
      `${dumps} dumps of a heap that changes as fast as it can, opened by DevTools, Node ${version}`,
      (t) => mutation(t, executable, dumps),
      { timeoutMs: 1_800_000 },
    ),
  );
}

module.exports = { mutationCases };
