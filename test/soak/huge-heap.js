'use strict';
// `npm run test:huge-heap [-- --gb 4] [--shape small|large] [--only SIGUSR2] [NODE...]`: forked dumps of a service with a heap of
// gigabytes, while a client sends requests. Needs about three times that much memory, and some minutes per dump. Prints a row for
// each. Fails if one is not forked, if its file is incomplete or lacks objects, if the service loses data, or if something is left
// over.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { childrenOf } = require('../support/processes.js');

const { values: options, positionals: nodes } = parseArgs({
  allowPositionals: true,
  options: {
    gb: { type: 'string', default: '4' },
    shape: { type: 'string', multiple: true, default: ['small', 'large'] },
    only: { type: 'string', default: '' }, // of DUMPS, by name
    serve: { type: 'string' },
  },
});
const BYTES = Number(options.gb) * 1e9;
const CLI = path.join(__dirname, '../../bin/heapdump-rs.js');

/** The dumps, in this order. The second comparable dump finds the ids assigned by the first. */
const DUMPS = [
  { name: 'fork, not comparable', comparable: false },
  { name: 'fork', comparable: true },
  { name: 'fork, again', comparable: true },
  { name: 'SIGUSR2, mode=fork', signal: true },
];

const gigabytes = (bytes) => (bytes / 1e9).toFixed(2);

// The service.

class Leaf {
  constructor(i) {
    this.i = i;
    this.j = i;
  }
}
/** 40 fields, so that four gigabytes are about twenty million objects and not a hundred. */
const FIELDS = Array.from({ length: 39 }, (_, i) => `this.n${i} = i;`).join(' ');
const Record = new Function('Leaf', `return class Record { constructor(i) { this.leaf = new Leaf(i); ${FIELDS} } };`)(Leaf);

/** Each adds so many bytes to the heap, and returns the final number of objects and their constructor. */
const SHAPES = {
  small: {
    bytes: 3.92e6,
    add: (kept) => kept.push(Array.from({ length: 10_000 }, (_, i) => new Record(i))),
    count: (kept) => ({ Record: kept.length * 10_000, Leaf: kept.length * 10_000 }),
  },
  /** Numbers and strings, and as many references as can be created in reasonable time. */
  large: {
    bytes: 200e6,
    add(kept) {
      const record = new Record(1);
      kept.push(new Array(12_000_000).fill(0.5), new Array(1_000_000).fill(record), flat('text '.repeat(19_200_000)));
    },
    count: (kept) => ({ Record: kept.length / 3, Leaf: kept.length / 3 }),
  },
};

/** In one piece, because a repeated string is a tree of its parts. */
function flat(text) {
  /x$/.test(text);
  return text;
}

async function serve({ add, bytes, count }) {
  const heapdump = require('../../index.js');
  globalThis.kept = [];
  for (let size = 0; size < BYTES; size += bytes) {
    add(globalThis.kept);
    await new Promise(setImmediate);
  }
  process.on('disconnect', () => process.exit());
  const server = http.createServer((request, response) => response.end('here'));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const facts = ({ path: file, method, fallback, bytes, pauseMs, durationMs }) => ({
    file,
    method,
    fallback,
    bytes,
    pauseMs,
    durationMs,
  });
  const report = (result) => process.send(facts(result));
  const failed = (error) => process.send({ error: `${error.code}: ${error.message}` });
  heapdump.on('dump', (result) => result.reason === 'SIGUSR2' && report(result)).on('error', failed);
  process.on('message', ({ dump, arm, estimate }) => {
    if (arm) process.send({ armed: heapdump.install(arm) !== undefined });
    if (estimate) process.send(heapdump.estimate(estimate));
    if (dump) heapdump.dump(dump).then(report, failed);
  });
  process.send({ port: server.address().port, count: count(globalThis.kept), heap: process.memoryUsage().heapUsed });
}

// The observers.

/** Sends requests continuously. `longest`: the slowest response in ms since the last check. */
class Client {
  #agent = new http.Agent({ keepAlive: true });
  #port;
  #longest = 0;
  #asked;
  #answered;
  answers = 0;
  failures = [];

  constructor(port) {
    this.#port = port;
    /** Resolves with the first response, when the connection is open. */
    this.connected = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.#ask();
  }

  #ask() {
    this.#asked = performance.now();
    http
      .get({ port: this.#port, host: '127.0.0.1', agent: this.#agent }, (response) => {
        response.resume().on('end', () => {
          this.#longest = Math.max(this.#longest, performance.now() - this.#asked);
          this.answers += 1;
          this.#answered();
          this.#timer = setTimeout(() => this.#ask(), 20);
        });
      })
      .on('error', (error) => this.failures.push(error.message));
  }

  #timer;

  take() {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  close() {
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }
}

const numberIn = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024;
const residentIn = (pid) => numberIn(fs.readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
/** Number and file of each signal. */
const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${fs.readlinkSync(`/proc/${pid}/fd/${fd}`)}`);

/** Interval at which a child's private memory is measured, during which the kernel blocks the child. */
const ROLLUP_EVERY_MS = 20_000;

/** Returns the peak resident memory of the service, and the peak private memory of its child, during `work`. */
async function watched(pid, work) {
  const most = { parent: 0, child: 0 };
  const look = (what, at) => () => {
    try {
      most[what] = Math.max(most[what], at());
    } catch {
      /* it has just ended */
    }
  };
  const parent = setInterval(
    look('parent', () => residentIn(pid)),
    1000,
  );
  const child = setInterval(
    look('child', () => {
      const rollup = fs.readFileSync(`/proc/${childrenOf(pid)[0]}/smaps_rollup`, 'utf8');
      return numberIn(rollup, 'Private_Dirty') + numberIn(rollup, 'Private_Clean');
    }),
    ROLLUP_EVERY_MS,
  );
  const value = await work().finally(() => [parent, child].forEach(clearInterval));
  return { value, most };
}

function summaryOf(file, names) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'summary', file, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`summary: ${stderr}`);
  const { totals, rows } = JSON.parse(stdout);
  const counts = Object.fromEntries(names.map((name) => [name, rows.find((row) => row.constructor === name)?.count]));
  return { ...totals, counts, seconds: (performance.now() - start) / 1000 };
}

async function observe(node, shape) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-huge-'));
  const wrong = [];
  const limit = Math.ceil((BYTES / 1e6) * 1.5 + 144);
  const service = spawn(node, [`--max-old-space-size=${limit}`, __filename, '--serve', shape, '--gb', options.gb], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal', HEAPDUMP_DIR: directory },
  });
  const ended = once(service, 'exit').then(([code, signal]) => {
    throw new Error(`the service ended: ${signal ?? code}`);
  });
  ended.catch(() => {});
  const next = () => Promise.race([once(service, 'message').then(([message]) => message), ended]);
  const tell = (message) => {
    service.send(message);
    return next();
  };
  let client;
  try {
    const { port, count, heap } = await next();
    const about = `${gigabytes(heap)} GB, ${Object.values(count)
      .reduce((a, b) => a + b)
      .toLocaleString('en')} objects of ours, --max-old-space-size=${limit}`;
    console.log(`\n${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}, ${shape} objects: ${about}`);
    console.log(
      '| dump | time, s | pause, ms | longest answer, ms | RSS before | at most | child | file | nodes | summary, s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    );
    client = new Client(port);
    await client.connected;
    const { fork, fileBytes } = await tell({ estimate: { dir: directory } });
    for (const [i, { name, comparable, signal }] of DUMPS.entries()) {
      if (!new RegExp(options.only).test(name)) continue;
      const file = path.join(directory, `${i}.heapsnapshot`);
      if (signal) await tell({ arm: { mode: 'fork', force: true } });
      const before = { rss: residentIn(service.pid), descriptors: descriptors(service.pid), answers: client.answers };
      client.take();
      const { value: result, most } = await watched(service.pid, () => {
        if (!signal) return tell({ dump: { path: file, mode: 'fork', comparable, force: true, fallback: false } });
        process.kill(service.pid, 'SIGUSR2');
        return next();
      });
      const longest = client.take();
      if (result.error) {
        wrong.push(`${name}: ${result.error}`);
        continue;
      }
      const { seconds, nodeCount, counts } = summaryOf(result.file, Object.keys(count));
      const cells = [
        name,
        (result.durationMs / 1000).toFixed(1),
        Math.round(result.pauseMs),
        Math.round(longest),
        gigabytes(before.rss),
        gigabytes(most.parent),
        gigabytes(most.child),
        gigabytes(result.bytes),
        nodeCount.toLocaleString('en'),
        seconds.toFixed(1),
      ];
      console.log(`| ${cells.join(' | ')} |`);
      if (result.method !== 'fork') wrong.push(`${name}: ${result.method}, ${result.fallback}`);
      if (fs.statSync(result.file).size !== result.bytes) wrong.push(`${name}: ${result.bytes} bytes?`);
      for (const [constructor, wanted] of Object.entries(count)) {
        if (counts[constructor] !== wanted) wrong.push(`${name}: ${counts[constructor]} of ${wanted} ${constructor}`);
      }
      if (client.answers === before.answers) wrong.push(`${name}: nobody was answered`);
      if (result.pauseMs > result.durationMs / 2)
        wrong.push(`${name}: stood still for ${result.pauseMs} of ${result.durationMs} ms`);
      if (comparable === false && most.parent > before.rss * 1.05)
        wrong.push(`${name}: the service grew from ${before.rss} to ${most.parent} bytes`);
      fs.rmSync(result.file);
      const left = fs.readdirSync(directory);
      if (left.length > 0) wrong.push(`${name}: left over: ${left.join(', ')}`);
      if (childrenOf(service.pid).length > 0) wrong.push(`${name}: a child was left over`);
      const more = descriptors(service.pid).filter((fd) => !before.descriptors.includes(fd));
      if (more.length > 0) wrong.push(`${name}: descriptors more: ${more.join(', ')}`);
    }
    console.log(
      `estimate(): child ${gigabytes(fork.memoryBytes)} GB, file ${gigabytes(fileBytes)} GB, pause ${Math.round(fork.pauseMs)} ms`,
    );
    wrong.push(...client.failures);
  } catch (error) {
    wrong.push(error.stack);
  }
  client?.close();
  service.kill('SIGKILL');
  fs.rmSync(directory, { recursive: true, force: true });
  for (const what of wrong) console.error(`  WRONG: ${what}`);
  return wrong.length === 0;
}

async function main() {
  for (const node of nodes.length ? nodes : [process.execPath]) {
    for (const shape of options.shape) {
      if (!(await observe(node, shape))) process.exitCode = 1;
    }
  }
}

if (options.serve) serve(SHAPES[options.serve]);
else main();
