'use strict';
// Tests one application on one Node: starts it, puts it under load, sends SIGUSR2 every second, stops it, and judges the results.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { cleanEnvironment } = require('../../support/app.js');
const { partials } = require('../../support/temporary.js');
const { Inspection } = require('./inspection.js');
const { Load } = require('./load.js');

const SIGNAL_EVERY_MS = 1000;

/** Timeout for 50 threads, or 8 processes, on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** Longer than the deadline of a forked dump plus a second dump without a fork. */
const END_TIMEOUT_MS = 240_000;

/** Maximum number of seconds between two dumps of an application under load, on a busy machine. */
const SECONDS_PER_DUMP = 30;

/** How much longer signals are sent to processes that have not been dumped often enough. */
const MORE_DUMPS_TIMEOUT_MS = 120_000;

class Application {
  output = '';
  #messages = new Map();

  constructor(node, name, directory) {
    this.directory = directory;
    const args = ['--require', path.join(__dirname, 'preload.js'), path.join(__dirname, 'main.js'), name];
    // Its own process group, so that all of its processes can be found and ended.
    this.child = spawn(node, args, {
      cwd: directory,
      detached: true,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
      });
    for (const name of ['port', 'done']) this.#messages.set(name, this.#message(name));
  }

  #message(name) {
    return new Promise((resolve) => {
      this.child.on('message', (message) => name in message && resolve(message[name]));
    });
  }

  /** Resolves with the value of a message. Rejects if the process ends first, or at the timeout. */
  async said(name, timeoutMs) {
    const never = new AbortController();
    const failed = Promise.race([
      this.ended.then(({ code, signal }) => {
        throw new Error(`ended by itself (${signal ?? code})`);
      }),
      sleep(timeoutMs, undefined, { signal: never.signal }).then(() => {
        throw new Error(`did not say '${name}' in ${timeoutMs} ms`);
      }),
    ]);
    try {
      return await Promise.race([this.#messages.get(name), failed]);
    } finally {
      failed.catch(() => {});
      never.abort();
    }
  }

  get hasEnded() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The processes that handle the signal. */
  pids() {
    return fs
      .readdirSync(this.directory)
      .filter((name) => name.startsWith('process-'))
      .map((name) => Number(name.slice('process-'.length)));
  }

  signal() {
    for (const pid of this.pids()) {
      try {
        process.kill(pid, 'SIGUSR2');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }

  /** Returns whether any process of the group exists, or receives `signal`. */
  kill(signal = 0) {
    try {
      return process.kill(-this.child.pid, signal);
    } catch {
      return false;
    }
  }

  /** The observations of each process at its end. */
  ends() {
    return fs
      .readdirSync(this.directory)
      .filter((name) => name.startsWith('end-'))
      .map((name) => JSON.parse(fs.readFileSync(path.join(this.directory, name), 'utf8')));
  }
}

/** Returns a line for each process that has not been dumped often enough. */
function missingDumps({ application, inspection, seconds, processes }) {
  const wanted = Math.max(1, Math.floor(seconds / SECONDS_PER_DUMP / processes));
  const count = (pid) => inspection.dumps.get(pid) ?? 0;
  return application
    .pids()
    .filter((pid) => count(pid) < wanted)
    .map((pid) => `${count(pid)} dumps of process ${pid} instead of ${wanted}`);
}

/** Sends signals for some seconds, and until every process has been dumped often enough; checks the results. */
async function dumpAgainAndAgain(trial) {
  const { application, inspection, seconds } = trial;
  const timer = setInterval(() => application.signal(), SIGNAL_EVERY_MS);
  const until = performance.now() + seconds * 1000;
  const hasMore = (now) => now < until || (now < until + MORE_DUMPS_TIMEOUT_MS && missingDumps(trial).length > 0);
  try {
    while (!application.hasEnded && hasMore(performance.now())) {
      await inspection.run();
      await sleep(100);
    }
  } finally {
    clearInterval(timer);
  }
}

async function stop(application) {
  // One dump must be in progress when it ends.
  application.signal();
  application.child.send('stop');
  const done = await application.said('done', END_TIMEOUT_MS);
  const timeout = new AbortController();
  const end = await Promise.race([application.ended, sleep(END_TIMEOUT_MS, undefined, { signal: timeout.signal })]);
  timeout.abort();
  if (end === undefined) throw new Error('did not end after it was asked to stop');
  if (end.code !== 0) throw new Error(`ended with ${end.signal ?? end.code} after it was asked to stop`);
  return done;
}

/** Resolves when all processes of the application are gone. */
async function gone(application) {
  const until = performance.now() + END_TIMEOUT_MS;
  while (application.kill()) {
    if (performance.now() > until) throw new Error('a process is left after the end');
    await sleep(20);
  }
}

/** Returns the problems as text. */
function complaints(trial) {
  const { application, inspection, load, processes } = trial;
  const pids = application.pids();
  const left = partials(application.directory);
  return [
    ...inspection.errors.slice(0, 3),
    ...(load?.errors ?? []),
    ...application.ends().flatMap(({ errors }) => errors),
    ...(pids.length < processes ? [`only ${pids.length} of ${processes} processes`] : []),
    ...(application.ends().length < pids.length ? ['a process has not come to its end'] : []),
    ...(left.length > 0 ? [`left behind: ${left.join(', ')}`] : []),
    ...missingDumps(trial),
  ];
}

function detail({ application, inspection, load, done }) {
  const list = (map) => [...map].map(([key, count]) => `${count} ${key}`).join(', ');
  const delay = Math.max(0, ...application.ends().map(({ delayMs }) => delayMs));
  const work = load ? `${load.answered} requests, the slowest ${Math.round(load.slowestMs)} ms` : `${done} times`;
  const fallbacks = [...inspection.fallbacks].map(([reason, count]) => `${count} x ${reason}`);
  return [
    `${inspection.count} dumps (${list(inspection.methods)})`,
    `longest delay ${Math.round(delay)} ms`,
    work,
    ...fallbacks,
  ].join('; ');
}

/**
 * @param {{executable: string}} node
 * @param {string} name of a program
 * @param {number} seconds how long signals are sent
 * @returns {Promise<{verdict: 'held'|'failed', detail: string}>}
 */
async function attempt({ executable }, name, seconds) {
  const program = require(`./programs/${name}.js`);
  const { PROCESSES: processes = 1 } = program;
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-applications-')));
  const application = new Application(executable, name, directory);
  const inspection = new Inspection(directory);
  const trial = { application, inspection, seconds, processes };
  const wrong = [];
  try {
    const port = await application.said('port', START_TIMEOUT_MS);
    if (port !== null) trial.load = new Load(port, program);
    await dumpAgainAndAgain(trial);
    await trial.load?.stop();
    trial.done = await stop(application);
    await gone(application);
  } catch (error) {
    wrong.push(`${error.message}: ${application.output.slice(-2000)}`);
  } finally {
    application.kill('SIGKILL');
    await application.ended;
  }
  await inspection.run();
  wrong.push(...complaints(trial));
  const lines = [detail(trial), ...wrong];
  fs.rmSync(directory, { recursive: true, force: true });
  return { verdict: wrong.length === 0 ? 'held' : 'failed', detail: lines.join('\n    ') };
}

module.exports = { attempt };
