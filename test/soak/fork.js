'use strict';
// `npm run test:soak-fork [-- --rounds N] [NODE...]`: forked dumps in a row, while the main thread and two
// workers allocate, compile, read files, compress and open sockets. Says how many succeeded at the first
// attempt and in the end, and fails if anything is left over or not complete.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
};
const rounds = option('rounds', 1000);
function main(nodes) {
  let failed = false;
  for (const node of nodes) {
    const { status, stdout, stderr } = spawnSync(node, [__filename, '--run', String(rounds)], { encoding: 'utf8' });
    process.stdout.write(stdout + stderr);
    failed ||= status !== 0;
  }
  process.exitCode = failed ? 1 : 0;
}

const BUSY = `
  const zlib = require('node:zlib');
  const fs = require('node:fs');
  const net = require('node:net');
  const keep = [];
  const server = net.createServer((socket) => socket.end('x')).listen(0, '127.0.0.1');
  let i = 0;
  const work = () => {
    for (let j = 0; j < 500; j++, i++) keep[i % 5000] = { i, text: 'text ' + i };
    // Few: Node 26 keeps what it compiled until memory is short, and a heap of a gigabyte would be dumped.
    if (i % 5000 === 0) keep[i % 5000].f = new Function('a', 'return a + ' + i)(i);
    fs.readFile(process.execPath.slice(0, 1) + 'etc/hostname', () => {});
    zlib.deflate(Buffer.alloc(20000, i), () => {});
    if (i % 5000 === 0 && server.address()) net.connect(server.address().port, '127.0.0.1').on('error', () => {}).resume();
    setImmediate(work);
  };
  work();
`;

async function run(rounds) {
  process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
  const { Worker } = require('node:worker_threads');
  const { attempted } = require('../../lib/fork.js');
  const { capture } = require('../../lib/capture.js');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-soak-'));
  const file = path.join(directory, 'a.heapsnapshot');
  const workers = [new Worker(BUSY, { eval: true }), new Worker(BUSY, { eval: true })];
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))));
  new Function('require', BUSY)(require);

  const children = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  const tally = { first: 0, retried: 0, inline: 0, wrong: 0, leftOver: 0 };
  const reasons = new Map();
  let pauses = 0;
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    let attempts = 0;
    const take = (request) => new Promise((resolve, reject) => {
      attempts += 1;
      capture(request, (error, result) => {
        if (error) reasons.set(error.message, (reasons.get(error.message) ?? 0) + 1);
        if (error) reject(error);
        else resolve(result);
      });
    });
    try {
      const result = await attempted({ path: file, mode: 'fork', comparable: round % 4 > 0, reason: 'soak' }, take);
      if (result.method === 'inline') tally.inline += 1;
      else if (attempts === 1) tally.first += 1;
      else tally.retried += 1;
      pauses += result.pauseMs;
      // Native code has compared the numbers of nodes and edges with the header; now all of it.
      if (round % 20 === 0 && JSON.parse(fs.readFileSync(file, 'utf8')).strings.length < 1000) tally.wrong += 1;
    } catch (error) {
      tally.wrong += 1;
      reasons.set(`final: ${error.message}`, 1);
    }
    fs.rmSync(file, { force: true });
    const left = fs.readdirSync(directory);
    if (children() !== '' || left.length > 0) tally.leftOver += 1;
    most = Math.max(most, descriptors());
  }
  const good = tally.first + tally.retried + tally.inline;
  const percent = (n) => `${((100 * n) / rounds).toFixed(2)} %`;
  console.log(`Node ${process.version}: ${rounds} dumps; first attempt ${percent(tally.first)}, in the end ${percent(good)} (${tally.retried} retried, ${tally.inline} in place); ` +
    `${tally.leftOver} times a child or file was left, at most ${most} descriptors, mean pause ${(pauses / rounds).toFixed(0)} ms`);
  for (const [reason, count] of reasons) console.log(`  ${count} x ${reason}`);
  fs.rmSync(directory, { recursive: true, force: true });
  process.exit(good === rounds && tally.wrong === 0 && tally.leftOver === 0 && tally.first >= rounds * 0.995 ? 0 : 1);
}

if (args[0] === '--run') run(Number(args[1]));
else main(args.length ? args : [process.execPath]);
