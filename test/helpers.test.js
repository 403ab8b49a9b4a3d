'use strict';
// The helper processes: signals sent to the service, and an operator's `kill -USR2 $(pgrep -n node)`.
//
// Regression: after the first signal, the newest process called node was the fork self-test. A second signal killed it, and for the
// rest of the process's life every dump was taken inline.

const assert = require('node:assert/strict');
const os = require('node:os');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { childrenOf, read } = require('./support/processes.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary, written } = require('./support/temporary.js');

const heapdump = require('..');

const { available, reason } = heapdump.capabilities().fork;
const OPTIONS = { timeout: 120_000, skip: available ? false : reason };

/** The signals that people, terminals and supervisors send. */
const SIGNALS = ['SIGUSR2', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'];

const nameOf = (pid) => read(pid, 'comm');

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Calls `action(pid)` for each process below `pid`, repeatedly until `isOver()`. */
async function eachHelper(pid, isOver, action) {
  while (!isOver()) {
    for (const child of childrenOf(pid)) for (const one of [child, ...childrenOf(child)]) action(one);
    await new Promise(setImmediate);
  }
}

const ASK = `
  const heapdump = require('heapdump-rs');
  const ask = () => {
    const { available, reason } = heapdump.capabilities().fork;
    say('fork', { available, reason });
    if (!available) setTimeout(ask, 100);
  };
  process.stdin.once('data', ask);
  say('ready');
`;

test('the self-test is not called node, and no signal ends it', OPTIONS, async (t) => {
  const app = start(t, temporary(t), ASK);
  await app.said('ready');
  app.tell('go');
  const names = new Map();
  const helpers = eachHelper(
    app.pid,
    () => app.hasSaid('fork') || app.closed,
    (pid) => {
      const name = nameOf(pid);
      if (name !== '') names.set(pid, (names.get(pid) ?? new Set()).add(name));
      for (const signal of SIGNALS) send(pid, signal);
    },
  );
  await helpers;
  assert.deepEqual(await app.said('fork'), { available: true });
  const seen = [...names.values()].flatMap((set) => [...set]);
  t.diagnostic(`names: ${seen.join(', ')}`);
  assert.ok(names.size >= 1, 'there was a helper');
  assert.ok(!seen.some((name) => /node/.test(name)), seen.join());
});

/** The nice value, field 19 after the name, which can contain anything; -20 to 19. */
const priorityOf = (pid) => Number(/\) .*/.exec(read(pid, 'stat'))?.[0].split(' ')[17]);

// Regression: the child of the self-test had a low priority, like that of a dump. With six busy processes on the same processor the
// self-test took 20 s instead of 3 and timed out: all dumps were taken inline.
test('the self-test has the priority of the process', OPTIONS, async (t) => {
  const app = start(t, temporary(t), ASK);
  await app.said('ready');
  app.tell('go');
  const priorities = new Map();
  await eachHelper(
    app.pid,
    () => app.hasSaid('fork') || app.closed,
    (pid) => {
      const priority = priorityOf(pid);
      if (!Number.isNaN(priority)) priorities.set(pid, Math.max(priority, priorities.get(pid) ?? -20));
    },
  );
  assert.deepEqual(await app.said('fork'), { available: true });
  assert.ok(priorities.size >= 2, 'there was a self-test, and a child of it');
  assert.deepEqual(new Set(priorities.values()), new Set([os.getPriority(app.pid)]));
});

test('a self-test that is killed is no verdict: it is repeated', OPTIONS, async (t) => {
  const app = start(t, temporary(t), ASK);
  await app.said('ready');
  app.tell('go');
  const killed = new Set();
  // Three at once, with short pauses, and one more after a longer one.
  const KILLS = 6;
  await eachHelper(
    app.pid,
    () => killed.size >= KILLS || app.hasSaid('fork') || app.closed,
    (pid) => {
      if (killed.has(pid) || killed.size >= KILLS) return;
      killed.add(pid);
      send(pid, 'SIGKILL');
    },
  );
  const first = await app.said('fork');
  assert.equal(first.available, false);
  assert.match(first.reason, /inconclusive/);
  for (let answer = first; !answer.available;) answer = await app.said('fork');
});

test('signals to the child of a dump: a request is passed on to the service, the others change nothing', OPTIONS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.install({ mode: 'fork' });
    heapdump.on('dump', ({ method, fallback }) => say('dump', { method, fallback }));
    class Marked { constructor(i) { this.i = i; this.text = 'text ' + i; } }
    globalThis.kept = Array.from({ length: 100_000 }, (_, i) => new Marked(i));
    setInterval(() => {}, 1 << 30);
    say('ready');
  `,
  );
  await app.said('ready');
  app.kill('SIGUSR2');
  let child;
  await eachHelper(
    app.pid,
    () => child !== undefined || app.closed,
    (pid) => {
      if (child !== undefined || nameOf(pid) !== 'heapdump-child' || !childrenOf(app.pid).includes(pid)) return;
      child = pid;
      for (const signal of SIGNALS) send(pid, signal);
    },
  );
  for (let i = 0; i < 2; i++) assert.deepEqual(await app.said('dump'), { method: 'fork', fallback: null });
  for (const file of await written(directory, 2)) assert.equal(readSnapshot(file).count('Marked'), 100_000);
  assert.doesNotMatch(app.stderr, /failed/);
});

test('a child does not pass on requests that are never answered', OPTIONS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.uninstall();
    globalThis.kept = Array.from({ length: 100_000 }, (_, i) => ({ i, text: 'text ' + i }));
    process.stdin.once('data', () => heapdump.dump({ mode: 'fork', path: 'a.heapsnapshot' }).then(({ method }) => { say('dump', method); process.exit(); }));
    say('ready');
  `,
  );
  await app.said('ready');
  app.tell('go');
  let hit = false;
  await eachHelper(
    app.pid,
    () => hit || app.closed,
    (pid) => {
      hit = true;
      for (const signal of SIGNALS) send(pid, signal);
    },
  );
  assert.equal(await app.said('dump'), 'fork');
  assert.deepEqual(await app.exit, { code: 0, signal: null });
});
