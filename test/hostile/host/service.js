'use strict';
// The service under test: it keeps planted objects in its heap, works a little all the time, and answers.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { start } = require('../../support/app.js');
const { childrenOf, isRunning, isZombie } = require('../../support/processes.js');
const { readSnapshot } = require('../../support/snapshot.js');
const { ROOT, temporary } = require('../../support/temporary.js');

/** Number of objects of each planted kind. */
const PLANTED = 500;

/** Loads the package, and plants objects: those of one class, a list linked through them, and a Map of others. */
const PLANT = `
  const heapdump = globalThis.heapdump = require('heapdump-rs');
  class PlantedLink { constructor(next) { this.next = next; } }
  class PlantedValue { constructor(number) { this.number = number; } }
  globalThis.planted = { list: null, values: new Map() };
  for (let i = 0; i < ${PLANTED}; i += 1) {
    planted.list = new PlantedLink(planted.list);
    planted.values.set('planted key ' + i, new PlantedValue(i));
  }
  heapdump.on('dump', ({ path, method, fallback }) => say('outcome', { path, method, fallback }));
  heapdump.on('error', ({ code, message }) => say('outcome', { code, message }));
`;

/** Keeps working: answers each line on standard input with the result of a small computation. */
const SERVE = `
  const recent = [];
  setInterval(() => {
    for (let i = 0; i < 200; i += 1) recent.push({ at: i, text: 'passing ' + i });
    if (recent.length > 5000) recent.length = 0;
  }, 2);
  const answer = (number) => JSON.parse(JSON.stringify([...Array(number).keys()].map((n) => ({ n })))).reduce((sum, { n }) => sum + n, 0);
  process.stdin.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\\n')) {
      if (line === 'end') process.exit(0);
      else if (line) say('answer', answer(Number(line)));
    }
  });
  say('ready', process.pid);
`;

/**
 * Starts the service in a directory of its own.
 *
 * @param {object} options as of `start()` of test/support/app.js, and:
 *   `directory`; `before`, `after`: more of its source
 */
function startService(t, { directory = temporary(t), before = '', after = '', ...options } = {}) {
  return serviceOf(start(t, directory, serviceSource({ before, after }), options), directory);
}

function serviceSource({ before = '', after = '' } = {}) {
  return `${before}\n${PLANT}\n${after}\n${SERVE}`;
}

/** For a program that was started differently. */
function serviceOf(app, directory) {
  return new Service(app, directory);
}

class Service {
  #asked = 0;

  constructor(app, directory) {
    this.app = app;
    this.directory = directory;
  }

  /** Resolves when it serves, with its own pid. */
  async ready() {
    return this.app.said('ready');
  }

  /** Sends the signal, and resolves with the data of the `dump` event. Rejects with the `error` event. */
  async signal(signal = 'SIGUSR2', pid = this.app.pid) {
    const outcome = this.outcome();
    process.kill(pid, signal);
    return outcome;
  }

  /** The next `dump` event. Rejects if an `error` event comes first. */
  async outcome() {
    const detail = await this.app.said('outcome');
    if (detail.path === undefined) throw new Error(`no dump: ${detail.code}: ${detail.message}`);
    return detail;
  }

  /** Fails if it has ended, or if it gives wrong results. */
  async works() {
    const number = 100 + (this.#asked += 1);
    this.app.tell(String(number));
    assert.equal(await this.app.said('answer'), (number * (number - 1)) / 2, 'it computes what it did before');
  }

  /** Lets it end by itself, and checks its exit and that it leaves nothing behind. */
  async end({ code = 0, ignore } = {}) {
    await eventually('it has zombies', () => childrenOf(this.app.pid).filter(isZombie));
    const children = childrenOf(this.app.pid);
    this.app.tell('end');
    const exit = await this.app.exit;
    assert.deepEqual(exit, { code, signal: null }, this.app.stderr.slice(-1500));
    await eventually('its children go on', () => children.filter(isRunning));
    nothingLeft(this.directory, ignore);
  }
}

/** Fails if `look()` is still truthy after a while. A process that ends is briefly a zombie. */
async function eventually(what, look) {
  for (let left = look(), tries = 0; left.length > 0; left = look(), tries += 1) {
    if (tries === 300) assert.fail(`${what}: ${left.join(', ')}`);
    await sleep(100);
  }
}

/** Fails if a dump left anything but snapshots in `directory`. */
function nothingLeft(directory, ignore = /^$/) {
  const left = fs.readdirSync(directory).filter((name) => /partial|request|\.tmp/.test(name) && !ignore.test(name));
  assert.deepEqual(left, [], 'left behind');
}

/** Fails unless the file is a complete snapshot with all planted objects. Reads it with a strict reader and with the package. */
function checkFile(file) {
  const whole = readSnapshot(file);
  assert.equal(whole.count('PlantedLink'), PLANTED, 'planted links');
  assert.equal(whole.count('PlantedValue'), PLANTED, 'planted values');
  const { openSync } = quietly();
  const snapshot = openSync(file);
  try {
    const { rows } = snapshot.summarySync();
    assert.equal(rows.find(({ constructor }) => constructor === 'PlantedLink')?.count, PLANTED, 'planted links in the summary');
    assert.equal(snapshot.nodeCount, whole.nodeCount);
  } finally {
    snapshot.close();
  }
}

/** The package, which must not handle signals here. */
function quietly() {
  process.env.NODE_HEAPDUMP_OPTIONS ??= 'nosignal';
  return require(ROOT);
}

/** Dumps `count` times, a second apart, and checks each file, and that it works after each. Returns the methods, with the reason of one that is not a fork. */
async function dumpEachSecond(service, count, { pid } = {}) {
  const methods = [];
  for (let i = 0; i < count; i += 1) {
    const second = sleep(1000);
    const { path: file, method, fallback } = await service.signal('SIGUSR2', pid);
    methods.push(fallback ? `${method} (${fallback.replace(/^.*forked child: /, '')})` : method);
    await service.works();
    checkFile(path.resolve(service.directory, file));
    fs.unlinkSync(path.resolve(service.directory, file));
    if (i + 1 < count) await second;
  }
  return methods;
}

/** `fork 2, inline 1` */
function tally(methods) {
  const counts = new Map();
  for (const method of methods) counts.set(method, (counts.get(method) ?? 0) + 1);
  return [...counts].map(([method, count]) => `${method} ${count}`).join(', ');
}

module.exports = {
  PLANTED,
  checkFile,
  dumpEachSecond,
  eventually,
  nothingLeft,
  serviceOf,
  serviceSource,
  startService,
  tally,
};
