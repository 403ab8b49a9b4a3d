'use strict';
// `npm run test:soak-fork [-- --rounds N] [NODE...]`: forked dumps in a row, while the main thread and two workers allocate,
// compile, read files, compress and open sockets. Prints how many succeeded at the first attempt and in the end. Fails if a dump is
// incomplete, or if anything is left over or changed in the parent after a dump.
//
// Every thread works as hard as it can until the fork, and slowly while the child runs: the state that the child inherits depends
// on the instant of the fork, and a thousand dumps should finish within a day. Then all threads pause until they are idle, and the
// state of the process is compared with that before.

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const { onEach } = require('./on-each.js');

/** The commands for the threads. */
const HARD = 0;
const SLOWLY = 1;
const PAUSE = 2;

/** Works on one thread as `order[0]` says. `isAtRest()`: paused and idle. `isSound()`: its state is right. */
const WORK = `
  const fs = require('node:fs');
  const net = require('node:net');
  const zlib = require('node:zlib');
  const kept = [];
  const functions = [];
  let i = 0;
  let underWay = 0;
  const server = net.createServer((socket) => socket.on('error', () => {}).end('x')).listen(0, '127.0.0.1');
  // Few at a time, or they would accumulate faster than they finish.
  const begin = (operation) => {
    if (underWay >= 40) return;
    underWay += 1;
    operation(() => { underWay -= 1; });
  };
  const work = () => {
    if (Atomics.load(order, 0) === ${PAUSE}) return setTimeout(work, 5);
    for (let j = 0; j < 500; j++, i++) kept[i % 5000] = { i, text: 'text ' + i };
    // Few, because Node 26 keeps compiled code until memory is short, and a heap of a gigabyte would be dumped.
    if (i % 5000 === 0) functions[(i / 5000) % 50] = new Function('a', 'return a + ' + i);
    begin((done) => fs.readFile('/etc/hostname', done));
    begin((done) => zlib.deflate(Buffer.alloc(20000, i), done));
    if (i % 5000 === 0 && server.address()) {
      begin((done) => net.connect(server.address().port, '127.0.0.1').on('error', () => {}).on('close', done).resume());
    }
    if (Atomics.load(order, 0) === ${SLOWLY}) setTimeout(work, 20);
    else setImmediate(work);
  };
  work();
  const isAtRest = () => new Promise((resolve) => server.getConnections((error, count) => resolve(underWay === 0 && count === 0)));
  const isSound = () => kept.every((entry) => entry.text === 'text ' + entry.i && kept[entry.i % 5000] === entry) &&
    functions.every((f, index) => (f(1) - 1) / 5000 % 50 === index);
`;

const IN_WORKER = `
  const { parentPort, workerData: order } = require('node:worker_threads');
  ${WORK}
  parentPort.on('message', async (question) => parentPort.postMessage(await { isAtRest, isSound }[question]()));
`;

/** A connection of this process with itself, always open. */
class Connection {
  static async open(server) {
    const accepted = once(server, 'connection');
    const client = net.connect(server.address().port, '127.0.0.1');
    const [[peer]] = await Promise.all([accepted, once(client, 'connect')]);
    return Object.assign(new Connection(), { client, peer });
  }

  /** Returns whether data written at one end arrives at the other, once. */
  async isOpen() {
    for (const [from, to] of [
      [this.client, this.peer],
      [this.peer, this.client],
    ]) {
      const received = once(to, 'data');
      from.write('x');
      if (String(await received) !== 'x') return false;
    }
    return !this.client.destroyed && !this.peer.destroyed;
  }
}

/** The state that no dump may change, by name. */
function state() {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)[1];
  return {
    // Targets of descriptors, because a new descriptor in place of another would otherwise go unnoticed.
    descriptors: fs
      .readdirSync('/proc/self/fd')
      .map((fd) => {
        try {
          return `${fd} ${fs.readlinkSync(`/proc/self/fd/${fd}`)}`;
        } catch {
          return ''; // of this very listing
        }
      })
      .filter((text) => text && !text.endsWith('/fd'))
      .sort()
      .join(', '),
    children: fs
      .readdirSync('/proc/self/task')
      .map((task) => fs.readFileSync(`/proc/self/task/${task}/children`, 'utf8'))
      .join(''),
    signals: ['SigBlk', 'SigIgn', 'SigCgt'].map(field).join(' '),
    killedFirst: fs.readFileSync('/proc/self/oom_score_adj', 'utf8'),
    priority: os.getPriority(),
    directory: process.cwd(),
    limit: /Max address space.*/.exec(fs.readFileSync('/proc/self/limits', 'utf8'))[0],
  };
}

/** The running child of this thread. */
const childNow = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();

async function run(rounds) {
  process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
  const { Worker } = require('node:worker_threads');
  const { attempted } = require('../../lib/capture/fork.js');
  const { capture } = require('../../lib/capture/capture.js');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-soak-'));
  const file = path.join(directory, 'a.heapsnapshot');
  const order = new Int32Array(new SharedArrayBuffer(4));
  const workers = [0, 1].map(() => new Worker(IN_WORKER, { eval: true, workerData: order }));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const ask = (question) => async (worker) => {
    const answer = once(worker, 'message');
    worker.postMessage(question);
    return (await answer)[0];
  };
  const here = new Function('require', 'order', `${WORK} return { isAtRest, isSound };`)(require, order);
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = [];
  for (let i = 0; i < 5; i++) connections.push(await Connection.open(server));

  const everywhere = async (question) => (await Promise.all([here[question](), ...workers.map(ask(question))])).every(Boolean);
  const pause = async () => {
    Atomics.store(order, 0, PAUSE);
    while (!(await everywhere('isAtRest'))) await sleep(2);
  };

  const tally = { first: 0, retried: 0, inline: 0, wrong: 0 };
  const reasons = new Map();
  const note = (reason) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const wrong = (what) => {
    tally.wrong += 1;
    note(`WRONG: ${what}`);
  };
  const pauses = { true: [], false: [] };
  const began = Date.now();
  let before;
  let most = 0;
  for (let round = -1; round < rounds; round++) {
    let attempts = 0;
    const children = [];
    const take = (request) =>
      new Promise((resolve, reject) => {
        attempts += 1;
        capture(request, (error, result) => {
          if (error) note(error.message);
          if (error) reject(error);
          else resolve(result);
        });
        children.push(childNow());
        Atomics.store(order, 0, SLOWLY);
      });
    Atomics.store(order, 0, HARD);
    await sleep(20 + Math.random() * 60);
    const comparable = round % 4 > 0;
    try {
      const result = await attempted({ path: file, mode: 'fork', comparable, reason: 'soak' }, take);
      if (round < 0) attempts = 0;
      else if (result.method === 'inline') tally.inline += 1;
      else if (attempts === 1) tally.first += 1;
      else tally.retried += 1;
      pauses[comparable].push(result.pauseMs);
      // Native code has compared the numbers of nodes and edges with the header; this checks everything.
      if (round % 20 === 0 && JSON.parse(fs.readFileSync(file, 'utf8')).strings.length < 1000) wrong('strings are missing');
      most = Math.max(most, fs.statSync(file).size);
    } catch (error) {
      wrong(error.stack);
    }
    fs.rmSync(file, { force: true });
    await pause();
    if (fs.readdirSync(directory).length > 0) wrong(`left in the directory: ${fs.readdirSync(directory)}`);
    for (const child of children)
      if (child === '' || fs.existsSync(`/proc/${child}`)) wrong(`a child is left: ${child || 'not seen'}`);
    if (!(await everywhere('isSound'))) wrong('what a thread keeps is not what it put there');
    for (const connection of connections) if (!(await connection.isOpen())) wrong('a connection has changed');
    const after = state();
    // The first dump opens the inspector.
    if (round < 0) before = after;
    for (const [name, value] of Object.entries(after)) if (value !== before[name]) wrong(`${name}: ${before[name]} -> ${value}`);
    if (round % 100 === 99)
      console.error(
        `${process.version}: ${round + 1} dumps, ${tally.first} at first, ${((Date.now() - began) / 1000).toFixed(0)} s`,
      );
  }
  const good = tally.first + tally.retried + tally.inline;
  const percent = (n) => `${((100 * n) / rounds).toFixed(1)} %`;
  const mean = (values) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(0);
  console.log(
    `Node ${process.version}: ${rounds} dumps; first attempt ${percent(tally.first)}, in the end ${percent(good)} ` +
      `(${tally.retried} retried, ${tally.inline} in place); ${tally.wrong} wrong; ` +
      `mean pause ${mean(pauses.true)} ms, not comparable ${mean(pauses.false)} ms; files of up to ${(most / 1e6).toFixed(0)} MB; ${((Date.now() - began) / 1000).toFixed(0)} s`,
  );
  for (const [reason, count] of reasons) console.log(`  ${count} x ${reason}`);
  fs.rmSync(directory, { recursive: true, force: true });
  process.exit(good === rounds && tally.wrong === 0 && tally.first >= rounds * 0.995 ? 0 : 1);
}

onEach(__filename, 1000, run);
