'use strict';
// `npm run test:soak-images [-- --rounds N] [NODE...]`: images of a busy process, one after the other. Each is restored in a
// separate process with an empty environment and another working directory, while the dumped process continues. With an addon that has assertions
// (`npm run build:debug`), each child also takes its own snapshot after the image, and the restored one must equal that.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { onEach } = require('./on-each.js');
const { readSnapshot } = require('../support/snapshot.js');

const CLI = path.join(__dirname, '../../bin/heapdump-rs.js');
const PLANTED = 321;

/** Work of every kind: JavaScript that is compiled and optimized, a worker, compression, cryptography, connections, WebAssembly. */
function busy() {
  const http = require('node:http');
  const zlib = require('node:zlib');
  const crypto = require('node:crypto');
  const { Worker } = require('node:worker_threads');
  new Worker("setInterval(() => { const x = []; for (let i = 0; i < 1e4; i++) x.push({ i, s: 'a' + i }); }, 10)", { eval: true });
  const cache = new Map();
  let count = 0;
  const sum = (object) => Object.values(object).reduce((all, value) => all + value, 0);
  setInterval(() => {
    for (let i = 0; i < 1000; i++, count++) {
      cache.set(count, { count, text: `v${count}`, date: new Date(count) });
      cache.delete(count - 20_000);
      sum({ a: i, b: 2, [`k${i % 50}`]: 3 });
    }
  }, 5);
  setInterval(() => crypto.pbkdf2('a', 'b', 1000, 64, 'sha512', () => {}), 20);
  const server = http.createServer((_, response) => zlib.gzip(Buffer.alloc(20_000, count), (__, bytes) => response.end(bytes)));
  server.listen(0, () => {
    const again = () =>
      http
        .get({ port: server.address().port }, (response) => response.resume().on('end', () => setTimeout(again, 5)))
        .on('error', () => {});
    for (let i = 0; i < 3; i++) again();
  });
  return { cache, memory: new WebAssembly.Memory({ initial: 10, maximum: 100 }) };
}

/** Compares a restored snapshot with the child's own; returns the degree of equality. */
function compare(own, restored) {
  if (fs.readFileSync(own).equals(fs.readFileSync(restored))) return 'equal';
  const [a, b] = [own, restored].map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
  const fields = a.snapshot.meta.node_fields;
  // Node 18 and 20 derive ids of V8's own objects from addresses of the allocator.
  const blank = ({ nodes }) => nodes.map((value, i) => (i % fields.length === fields.indexOf('id') ? 0 : value));
  const text = (snapshot) => JSON.stringify({ ...snapshot, nodes: blank(snapshot) });
  return text(a) === text(b) ? 'equal but for ids' : 'different';
}

async function run(rounds) {
  process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
  const heapdump = require('../../index.js');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-images-'));
  const [image, restored, own] = ['a.heapimage', 'a.heapsnapshot', 'own'].map((name) => path.join(directory, name));
  class Planted {}
  globalThis.kept = [busy(), Array.from({ length: PLANTED }, () => new Planted())];
  const tally = { restored: 0, equal: 0, 'equal but for ids': 0, different: 0, wrong: 0 };
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => {
      setTimeout(resolve, 200 + Math.random() * 500);
    });
    for (const file of [restored, own]) fs.rmSync(file, { force: true });
    process.env.HEAPDUMP_TEST_SNAPSHOT_BESIDE = own;
    try {
      await heapdump.dump({ path: image, overwrite: true, mode: 'image', comparable: round % 2 === 0, deadlineMs: 600_000 });
      execFileSync(process.execPath, [CLI, 'restore', image, '-o', restored], { env: {}, cwd: '/' });
      tally.restored += 1;
      if (readSnapshot(restored).count('Planted') !== PLANTED) tally.wrong += 1;
      if (fs.existsSync(own)) tally[compare(own, restored)] += 1;
    } catch (error) {
      console.log(error.message);
      tally.wrong += 1;
    }
  }
  console.log(`Node ${process.version}: ${rounds} images: ${JSON.stringify(tally)}`);
  fs.rmSync(directory, { recursive: true, force: true });
  process.exit(tally.wrong + tally.different === 0 ? 0 : 1);
}

onEach(__filename, 50, run);
