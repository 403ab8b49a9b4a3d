'use strict';
// A child that makes progress very slowly: it uses a little processor time now and then, so it is not stuck, but it would take
// forever. In 0.1.0 a dump whose child was stopped repeatedly ran for more than ten minutes.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

const heapdump = require('..');

const LONG = { timeout: 300_000, skip: heapdump.capabilities().fork.available ? false : heapdump.capabilities().fork.reason };
const lib = JSON.stringify(path.join(__dirname, '..', 'lib', 'capture'));

/** Maximum delay of the event loop while a child runs, without the time for which it waited for a processor. */
const MAX_LOOP_DELAY_MS = 500;

/** A program with a heap whose snapshot takes a second or more, which lets its children run for a twentieth of the time. */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  const fs = require('node:fs');
  globalThis.kept = Array.from({ length: 300_000 }, (_, i) => ({ i, text: 'text ' + i }));
  const seen = new Set();
  const children = () => fs.readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim().split(' ').filter(Boolean).map(Number);
  const toAll = (signal) => {
    const all = children();
    for (const pid of all) { seen.add(pid); process.kill(pid, signal); }
    return all.length;
  };
  let most = 0;
  const stop = () => { most = Math.max(most, toAll('SIGSTOP')); };
  const crawl = () => { toAll('SIGCONT'); setTimeout(stop, 10).unref(); };
  const stopping = () => { stop(); return setInterval(crawl, 200).unref(); };
  const delay = require(${JSON.stringify(require.resolve('./support/starved.js'))}).delayMeter();
  const tell = (end) => say('end', {
    ...end, children: children(), seen: seen.size, most, loopDelayMs: delay.ms(),
    processorMs: (process.cpuUsage(begun).user + process.cpuUsage(begun).system) / 1e3, tookMs: performance.now() - begunAt,
  });
  let begun, begunAt;
  const follow = () => {
    stopping();
    setTimeout(() => { delay.reset(); begun = process.cpuUsage(); begunAt = performance.now(); }, 50);
  };
  const failed = ({ code, message }) => tell({ code, message });
`;

test('a child that is stopped again and again is killed at the deadline; no second one begins', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${PROGRAM}
    heapdump.dump({ path: 'a.heapsnapshot', mode: 'fork', fallback: false, deadlineMs: 4000 }).then(tell, failed);
    follow();`,
  );
  const end = await app.said('end');
  assert.equal(end.code, 'ERR_HEAPDUMP_DEADLINE', end.message);
  assert.match(end.message, /before its deadline/);
  assert.deepEqual([end.seen, end.most, end.children], [1, 1, []]);
  assert.ok(end.loopDelayMs < MAX_LOOP_DELAY_MS, `the loop stood still for ${end.loopDelayMs} ms`);
  assert.ok(end.processorMs < end.tookMs / 2, `${end.processorMs} ms of processor time in ${end.tookMs} ms`);
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
  t.diagnostic(`longest delay of the loop: ${Math.round(end.loopDelayMs)} ms`);
});

test('after the deadline the dump is taken inline, and the result and the sidecar report it', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `${PROGRAM}
    heapdump.dump({ path: 'a.heapsnapshot', mode: 'fork', sidecar: true, deadlineMs: 2000 }).then(
      ({ method, fallback, deadlineMs }) => tell({ method, fallback, deadlineMs, sidecar: JSON.parse(fs.readFileSync('a.heapsnapshot.json', 'utf8')).deadlineMs }), failed);
    follow();`,
  );
  const { method, fallback, deadlineMs, sidecar, seen, children } = await app.said('end');
  assert.deepEqual(
    { method, deadlineMs, sidecar, seen, children },
    { method: 'inline', deadlineMs: 2000, sidecar: 2000, seen: 1, children: [] },
  );
  assert.match(fallback, /before its deadline/);
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
  assert.deepEqual(partials(directory), []);
});

test('the dump of a signal has a deadline, too, for all its children together', LONG, async (t) => {
  const directory = temporary(t);
  // As if the signal had arrived a minute ago, and another child had failed since.
  const app = start(
    t,
    directory,
    `${PROGRAM}
    const { handlers } = require(${lib} + '/inbox.js');
    const { now } = require(${lib} + '/clock.js');
    const { childTimeMs } = require(${lib} + '/headroom.js');
    const { installation } = require(${lib} + '/signal.js');
    heapdump.install({ mode: 'fork', dir: '.', name: 'a.heapsnapshot' });
    heapdump.on('dump', ({ method, fallback, deadlineMs }) => tell({ method, fallback, deadlineMs }));
    heapdump.on('error', failed);
    handlers.get('signal')({ settings: installation(), forkedSince: now() - childTimeMs() + 3000 }, false);
    setInterval(() => {}, 1000);
    follow();`,
  );
  const { method, fallback, deadlineMs, seen, children } = await app.said('end');
  assert.deepEqual({ method, seen, children }, { method: 'inline', seen: 1, children: [] });
  assert.match(fallback, /before its deadline/);
  assert.ok(deadlineMs > 60_000, String(deadlineMs));
  await app.complains(/^heapdump-rs: wrote /m);
  assert.equal(app.stderr.trim().split('\n').length, 1, app.stderr);
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
});

test('the deadline comes from the estimate: a minute and more, and longer for a larger heap', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const heapdump = require('heapdump-rs');
    (async () => {
      const { deadlineMs: small } = await heapdump.dump({ mode: 'fork', path: 'a.heapsnapshot' });
      globalThis.kept = Array.from({ length: 200_000 }, (_, i) => ({ i }));
      const { deadlineMs: large } = await heapdump.dump({ mode: 'fork', path: 'b.heapsnapshot' });
      const { deadlineMs: none } = await heapdump.dump({ mode: 'inline', path: 'c.heapsnapshot' });
      say('deadlines', { small, large, none });
    })();`,
  );
  const { small, large, none } = await app.said('deadlines');
  assert.ok(small > 60_000 && small < 120_000, String(small));
  assert.ok(large > small + 1000, `${small} ${large}`);
  assert.equal(none, null);
  assert.throws(() => heapdump.dump({ deadlineMs: -1 }), { code: 'ERR_OUT_OF_RANGE' });
});
