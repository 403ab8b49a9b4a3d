'use strict';
// Workers that end at every moment of a dump: of their own, of the main thread's, of all threads.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { hostileCase } = require('./case.js');
const { checkFile, startService } = require('./service.js');

/** Combines each kind of exit with each delay: worker `i` ends `i / 4` of `steps` into the time that a dump takes. */
const ENDING = `
  const { Worker } = require('node:worker_threads');
  const WORKER = \`
    const { workerData: { end, delayMs, method }, parentPort } = require('node:worker_threads');
    const heapdump = require('heapdump-rs');
    globalThis.kept = Array.from({ length: 20000 }, (_, i) => ({ i }));
    if (end === 'exit') setTimeout(() => process.exit(0), delayMs);
    if (end === 'throw') setTimeout(() => { throw new Error('planned'); }, delayMs);
    if (end === 'stuck') setTimeout(() => { for (;;); }, delayMs);
    parentPort.on('message', () => {});
    parentPort.postMessage('loaded');
    if (method === 'sync') heapdump.writeSnapshot('w.heapsnapshot');
    else if (method === 'live') heapdump.snapshot({ wait: true }).catch(() => {});
    else heapdump.dump({ name: 'w-{tid}-{seq}.heapsnapshot', dir: '.', mode: method, wait: true }).catch(() => {});
  \`;
  const ENDS = ['terminate', 'exit', 'throw', 'stuck'];
  const METHODS = ['inline', 'fork', 'sync', 'live'];
  async function endings(steps) {
    heapdump.install({ threads: 'all', wedgedAfterMs: 200, quiet: true });
    const codes = new Map();
    for (let i = 0; i < steps; i += 1) {
      const end = ENDS[i % ENDS.length];
      const method = METHODS[Math.floor(i / ENDS.length) % METHODS.length];
      const delayMs = Math.round((i / steps) ** 2 * 600);
      const worker = new Worker(WORKER, { eval: true, workerData: { end, delayMs, method } });
      worker.on('error', ({ message }) => { if (message !== 'planned') say('unplanned', message); });
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      await Promise.race([gone, new Promise((resolve) => worker.once('message', resolve))]);
      if (i % 3 === 0) process.kill(process.pid, 'SIGUSR2');
      if (i % 3 === 1) heapdump.dump({ threads: 'all', dir: '.', wait: true }).catch(({ code }) => codes.set(code, (codes.get(code) ?? 0) + 1));
      if (end === 'terminate') setTimeout(() => worker.terminate(), delayMs);
      if (end === 'stuck') setTimeout(() => worker.terminate(), delayMs + 300);
      await gone;
    }
    const last = await heapdump.dump({ path: 'last.heapsnapshot', wait: true });
    say('ended', { last: last.path, codes: [...codes] });
  }
  process.stdin.on('data', (text) => { if (/^0$/m.test(text)) endings(STEPS); });
`;

async function endings(t, executable, steps) {
  const service = startService(t, { node: executable, after: `const STEPS = ${steps};${ENDING}` });
  await service.ready();
  service.app.tell('0');
  await service.app.said('answer');
  const { last, codes } = await service.app.said('ended');
  assert.ok(!service.app.hasSaid('unplanned'), 'an error that no worker threw');
  for (const [code] of codes) assert.match(code, /^(ERR_HEAPDUMP_|ABORT_ERR)/);
  assert.ok(codes.every(([code]) => code !== 'ERR_HEAPDUMP_INTERNAL'));
  checkFile(last);
  const files = fs.readdirSync(service.directory).filter((name) => name.endsWith('.heapsnapshot'));
  for (const name of files) JSON.parse(fs.readFileSync(path.join(service.directory, name), 'utf8'));
  await service.end();
  return `${steps} workers, ${files.length} whole files${codes.map(([code, count]) => `, ${code} ${count}`).join('')}`;
}

function workerCases({ nodes, brief }) {
  const steps = brief ? 16 : 96;
  return nodes.map(({ executable, version }) =>
    hostileCase(`workers that end at every moment, Node ${version}`, (t) => endings(t, executable, steps)),
  );
}

module.exports = { workerCases };
