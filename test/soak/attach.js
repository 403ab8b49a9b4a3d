'use strict';
// `npm run test:soak-attach [-- --rounds N] [NODE...]`: attaches to one service again and again while it answers requests.
// Fails if a dump is not complete, if a request is not answered, if anything is left over after a round, or if the service
// grows: in its heap, its memory, its threads, its descriptors or its mappings of the addon.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');
const { attach } = require('../../lib/cli/attach/attach.js');
const { find } = require('../../lib/cli/target/processes.js');
const { seenFromOutside } = require('../support/attach.js');
const { onEach } = require('./on-each.js');

const ROUNDS = 200;
/** Number of concurrent requests. */
const CLIENTS = 4;
/** A forked child has a low priority: on a busy machine it takes long. */
const DUMP_TIMEOUT_S = 900;
/** The first rounds load modules, and V8 optimizes. */
const WARMUP_ROUNDS = 20;
const MAX_HEAP_GROWTH_BYTES = 2e6;
const MAX_RSS_GROWTH_BYTES = 40e6;

const SERVICE = `
  const http = require('node:http');
  const cache = new Map();
  let n = 0;
  http.createServer((request, response) => {
    n += 1;
    cache.set(n % 20000, { n, text: 'entry ' + n });
    response.end(request.url);
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
  process.stdin.on('data', () => {
    gc(); gc();
    const { heapUsed, rss } = process.memoryUsage();
    const listeners = process.eventNames().map((name) => String(name) + process.listenerCount(name)).sort();
    console.log(JSON.stringify({ heapUsed, rss, listeners }));
  });
`;

/** Asks for pages without a pause, and counts answers. */
class Load {
  answered = 0;
  errors = [];
  slowestMs = 0;
  #agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  #isOver = false;

  constructor(port) {
    this.port = port;
    this.done = Promise.all(Array.from({ length: CLIENTS }, () => this.#client()));
  }

  async #client() {
    while (!this.#isOver) {
      const url = `/${this.answered}`;
      const begun = performance.now();
      try {
        const request = http.get({ host: '127.0.0.1', port: this.port, path: url, agent: this.#agent });
        const [response] = await once(request, 'response');
        const parts = await response.toArray();
        if (Buffer.concat(parts).toString() !== url) throw new Error('the wrong answer');
        this.answered += 1;
      } catch (error) {
        this.errors.push(error.message);
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
      await sleep(5);
    }
  }

  async end() {
    this.#isOver = true;
    await this.done;
    this.#agent.destroy();
  }
}

function count(pid) {
  return {
    threads: fs.readdirSync(`/proc/${pid}/task`).length,
    addons: fs
      .readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => /heapdump-rs.*\.node/.test(line)).length,
  };
}

/** Everything that must be the same after each round; connections of the load come and go. */
function constant(pid) {
  const { listening, signals, threads, files } = seenFromOutside(pid);
  return { listening, signals, threads, files: files.filter((file) => file.startsWith('/')) };
}

async function run(rounds) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-soak-attach-'));
  const script = path.join(folder, 'service.js');
  fs.writeFileSync(script, SERVICE);
  const child = spawn(process.execPath, ['--expose-gc', '--inspect-port=0', script], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const lines = readline.createInterface({ input: child.stdout });
  const [port] = await once(lines, 'line');
  const ask = async () => {
    child.stdin.write('?\n');
    const [line] = await once(lines, 'line');
    return { ...JSON.parse(line), ...count(child.pid) };
  };
  const load = new Load(Number(port));
  const target = find(child.pid);
  const problems = [];
  const methods = {};
  const pauses = [];
  let openedMs = 0;
  let baseline;
  await ask();
  const before = JSON.stringify(constant(child.pid));
  for (let round = 1; round <= rounds; round++) {
    const begun = performance.now();
    const attachment = await attach(target, { timeout: DUMP_TIMEOUT_S });
    openedMs += performance.now() - begun;
    const { path: file, method, pauseMs } = await attachment.dump({ dir: folder }, () => {});
    await attachment.close();
    methods[method] = (methods[method] ?? 0) + 1;
    pauses.push(pauseMs);
    if (!fs.readFileSync(file).subarray(-2).includes('}')) problems.push(`round ${round}: the file has no end`);
    fs.unlinkSync(file);
    const after = JSON.stringify(constant(child.pid));
    if (after !== before) problems.push(`round ${round}: ${before} became ${after}`);
    if (round === Math.min(WARMUP_ROUNDS, rounds)) baseline = await ask();
    if (round % 20 === 0)
      console.log(`${process.version}: ${round} rounds, ${load.answered} answers, ${JSON.stringify(await ask())}`);
  }
  await load.end();
  const end = await ask();
  if (load.errors.length > 0) problems.push(`${load.errors.length} requests failed: ${load.errors[0]}`);
  if (end.heapUsed - baseline.heapUsed > MAX_HEAP_GROWTH_BYTES)
    problems.push(`the heap grew from ${baseline.heapUsed} to ${end.heapUsed}`);
  if (end.rss - baseline.rss > MAX_RSS_GROWTH_BYTES) problems.push(`memory grew from ${baseline.rss} to ${end.rss}`);
  for (const name of ['threads', 'addons', 'listeners']) {
    if (String(end[name]) !== String(baseline[name])) problems.push(`${name}: ${baseline[name]} became ${end[name]}`);
  }
  const left = fs.readdirSync(folder).filter((name) => name !== 'service.js');
  if (left.length > 0) problems.push(`files are left: ${left}`);
  child.kill();
  fs.rmSync(folder, { recursive: true });
  pauses.sort((a, b) => a - b);
  const median = (values) => Math.round(values[Math.floor(values.length / 2)]);
  console.log(
    `${process.version}: ${rounds} rounds, ${JSON.stringify(methods)}, attached in ${Math.round(openedMs / rounds)} ms on average, ` +
      `pause ${median(pauses)} ms (median) to ${Math.round(pauses.at(-1))} ms; ${load.answered} requests answered, ` +
      `the slowest in ${Math.round(load.slowestMs)} ms; heap ${baseline.heapUsed} -> ${end.heapUsed}, memory ${baseline.rss} -> ${end.rss}`,
  );
  for (const problem of problems) console.log(`  FAILED ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

onEach(__filename, ROUNDS, run);
