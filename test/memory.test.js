'use strict';
// memory(): every resident byte has an owner, and a known allocation appears at the right one.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { once } = require('node:events');
const path = require('node:path');
const { before, test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { memory } = require('../index.js');
const { changeSince } = require('../lib/memory/change.js');
const { divide } = require('../lib/memory/parts.js');
const { build } = require('./leaks/native/addon.js');
const { outputWithRoom } = require('./leaks/native/heap-room.js');
const { start } = require('./support/app.js');
const { PROGRAM, outputOf, runSync } = require('./support/command.js');
const { ROOT, temporary } = require('./support/temporary.js');
const { jemalloc } = require('./support/tools.js');

const LINUX = { skip: process.platform !== 'linux' && 'only Linux has /proc', timeout: 120_000 };

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const of = ({ parts }, owner) => sum(parts.filter((part) => part.owner === owner).map((part) => part.resident));

function assertComplete({ rss, parts, unexplained }) {
  assert.equal(sum(parts.map(({ resident }) => resident)) + unexplained, rss);
  for (const { resident } of parts) assert.ok(Number.isInteger(resident) && resident > 0);
  assert.ok(unexplained >= 0, String(unexplained));
}

test('the parts and the unexplained rest add up to RSS', async () => {
  const ledger = await memory();
  assertComplete(ledger);
  assert.ok(Math.abs(ledger.rss - process.memoryUsage.rss()) < ledger.rss / 10);
  assert.deepEqual(JSON.parse(JSON.stringify(ledger)), ledger);
});

test('the executable, libraries, this addon, stacks by name and the heap of this thread are separate parts', LINUX, async () => {
  const ledger = await memory();
  const names = (owner) => ledger.parts.filter((part) => part.owner === owner).map(({ name }) => name);
  assert.deepEqual(names('binary'), [fs.realpathSync(process.execPath)]);
  assert.ok(names('addon').some((name) => name.endsWith('.node')));
  assert.ok(names('stack').includes(fs.readFileSync('/proc/self/comm', 'utf8').trim()), String(names('stack')));
  assert.ok(of(ledger, 'v8-live') > 1e6);
  assert.ok(ledger.counts.threads > 1 && ledger.counts.mappings > 50 && ledger.counts.descriptors > 2);
  assert.ok(ledger.beyondRss.pageTables > 0);
});

const { library: JEMALLOC, skip: JEMALLOC_SKIP } = jemalloc();

/** Processes in which each way of allocating is tried. */
const PROCESSES = {
  'a plain process': {},
  'a process with 8 workers': { workers: 8 },
  'a process with jemalloc': { env: { LD_PRELOAD: JEMALLOC }, expected: 'jemalloc', skip: JEMALLOC_SKIP },
};

/**
 * Bytes by which `array-buffers` may be off. jemalloc does not say which pages were never touched, and in musl's they may be unused
 * ends of small blocks.
 */
const UNCERTAINTY = { jemalloc: 12e6, musl: 3e6 };

let addon;
before((t) => {
  if (!LINUX.skip) addon = build(temporary(t));
});

for (const [name, { env, workers = 0, expected, skip }] of Object.entries(PROCESSES)) {
  test(`known allocations appear at their owner, within 3 %: ${name}`, { ...LINUX, skip: LINUX.skip || skip }, () => {
    const program = path.join(__dirname, 'leaks/native/allocations.js');
    const output = outputWithRoom(['--expose-gc', program, String(workers)], {
      ...process.env,
      ...env,
      ...(addon && { NATIVE_ADDON: addon }),
    });
    const results = JSON.parse(output);
    assert.ok(results.length >= 9);
    for (const { way, owner, bytes, gained, all, rss, owned, ofKernel, unexplained, allocator, ...result } of results) {
      const told = `${way}: ${owner} gained ${gained} of ${bytes}\n${JSON.stringify(all)}`;
      const allowed = Math.max(bytes * 0.03, 1 << 20, owner === 'array-buffers' ? (UNCERTAINTY[allocator] ?? 0) : 0);
      assert.ok(Math.abs(gained - bytes) <= allowed, told);
      assert.ok(unexplained <= rss * 0.03, `${way}: ${unexplained} of ${rss} are unexplained`);
      assert.equal(owned, rss);
      const isNear = rss >= Math.min(...ofKernel) * 0.99 && rss <= Math.max(...ofKernel) * 1.01;
      assert.ok(isNear, `${way}: ${rss} and ${ofKernel}`);
      assert.equal(result.isolateCount, workers + 1);
      if (expected) assert.equal(allocator, expected);
    }
  });
}

test('heaps of other threads have the id of their thread', LINUX, async (t) => {
  const worker = new Worker(
    `require(${JSON.stringify(ROOT)}); const kept = Array.from({ length: 100 }, () => new Array(10_000).fill(7));
     require('node:worker_threads').parentPort.on('message', () => kept.length).postMessage('ready');`,
    { eval: true },
  );
  t.after(() => worker.terminate());
  await once(worker, 'message');
  const ledger = await memory();
  assertComplete(ledger);
  const part = ledger.parts.find(({ owner, threadId }) => owner === 'v8-live' && threadId === worker.threadId);
  assert.ok(part.resident > 8e6, JSON.stringify(part));
});

test('the change since an earlier ledger', LINUX, async () => {
  const before = await memory();
  const kept = Array.from({ length: 16 }, () => Buffer.alloc(1 << 20, 1));
  const { change, verdicts } = await memory({ since: before });
  const buffers = change.parts.find(({ owner }) => owner === 'array-buffers');
  assert.ok(Math.abs(buffers.bytes - (16 << 20)) < 1 << 20, JSON.stringify(change));
  assert.equal(change.since, before.at);
  const [verdict] = verdicts.filter(({ kind }) => kind === 'buffer-growth');
  assert.equal(verdict.severity, 'suspect', 'two ledgers cannot tell a leak from a cache');
  assert.match(verdict.fix, /heapdump-rs dump/);
  assert.equal(kept.length, 16);
});

test('rates are per hour; owners that appeared or disappeared count', () => {
  const at = (ms) => new Date(ms).toISOString();
  const counts = { threads: 1, mappings: 2, descriptors: null };
  const before = { at: at(0), rss: 10, unexplained: 0, counts, parts: [{ owner: 'malloc', resident: 10 }] };
  const after = { at: at(1_800_000), rss: 30, unexplained: 5, counts, parts: [{ owner: 'stack', name: 'a', resident: 25 }] };
  const { parts, rssPerHour, unexplained, counts: changed } = changeSince(before, after);
  assert.deepEqual(parts, [
    { owner: 'stack', name: 'a', bytes: 25, perHour: 50 },
    { owner: 'malloc', bytes: -10, perHour: -20 },
  ]);
  assert.deepEqual([rssPerHour, unexplained], [40, 5]);
  assert.deepEqual(changed, { threads: 0, mappings: 0, descriptors: null });
});

test('an arena that goes on in other anonymous mappings than `[heap]`', () => {
  const part = (owner, resident) => ({ owner, name: '', resident, size: resident, swap: 0, count: 1 });
  const parts = [part('malloc-arenas', 1e6), part('anonymous', 60e6), part('v8', 5e6)];
  const statistics = { mapped: 0, arenas: [{ system: 50e6, free: 10e6 }] };
  const { parts: divided } = divide({ rss: 66e6, parts, allocator: 'glibc', areBlocksKnown: true, statistics }, []);
  assert.deepEqual(Object.fromEntries(divided.map(({ owner, resident }) => [owner, resident])), {
    malloc: 50e6,
    anonymous: 11e6,
    v8: 5e6,
  });
});

test('contradictory numbers of V8 and the allocator never make a part larger than its memory', () => {
  const isolate = (bytes) => ({
    threadId: 0,
    young: { used: bytes, physical: bytes },
    code: { used: bytes, physical: bytes },
    old: { used: bytes, physical: bytes / 2 },
    malloced: bytes,
    external: bytes,
    arrayBuffers: bytes * 2,
  });
  const owners = ['v8', 'v8-wasm', 'malloc-arenas', 'malloc-mapped', 'anonymous', 'stack'];
  for (const allocator of ['glibc', 'musl', 'jemalloc', 'unknown']) {
    for (const bytes of [0, 1000, 1e6, 1e12]) {
      for (const areBlocksKnown of [true, false]) {
        const parts = owners.map((owner, at) => ({ owner, name: '', resident: at * 1e5, size: at * 2e5, swap: 0, count: 1 }));
        const statistics = { resident: bytes, allocated: bytes * 2, mapped: bytes, arenas: [{ system: bytes, free: bytes * 3 }] };
        const rss = sum(parts.map(({ resident }) => resident));
        for (const isolates of [[], [isolate(bytes)], [isolate(bytes), isolate(1)]]) {
          assertComplete({ rss, ...divide({ rss, parts, allocator, areBlocksKnown, statistics }, isolates) });
        }
      }
    }
  }
});

test('freed memory that malloc retains is reported, and how much malloc_trim returns', LINUX, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const { memory } = require('heapdump-rs');
    let kept = Array.from({ length: 12000 }, () => Buffer.alloc(4096, 1));
    // A block at the top of the heap pins it: malloc cannot return the memory below.
    const pins = Array.from({ length: 20 }, () => Buffer.alloc(4096, 1));
    kept = undefined;
    (async () => {
      for (let i = 0; i < 5; i++) { await new Promise(setImmediate); gc(); }
      say('before', await memory());
      say('after', await memory({ trim: true }));
      pins.length;
    })();
  `,
    { execArgv: ['--expose-gc'] },
  );
  const before = await app.said('before');
  if (before.malloc.allocator !== 'glibc') return t.skip('not glibc');
  assert.ok(of(before, 'malloc-free') > 40e6, JSON.stringify(before.parts.slice(0, 8)));
  const [verdict] = before.verdicts.filter(({ kind }) => kind === 'malloc-free');
  assert.equal(verdict.severity, 'waste');
  const after = await app.said('after');
  assert.ok(after.trimmed > 30e6, String(after.trimmed));
  assert.match(after.verdicts.find(({ kind }) => kind === 'malloc-free').sentence, /malloc_trim\(0\)` returned/);
  return undefined;
});

test('it costs little processor time', LINUX, async () => {
  const kept = Array.from({ length: 200 }, () => Buffer.alloc(1 << 20, 1));
  await memory();
  const ledgers = [];
  for (let i = 0; i < 5; i++) ledgers.push(await memory());
  const fastest = Math.min(...ledgers.map(({ cpuMs }) => cpuMs));
  assert.ok(fastest < 25, `${fastest} ms of processor time for ${ledgers[0].rss} bytes`);
  assert.equal(kept.length, 200);
});

test('arguments are checked', () => {
  assert.throws(() => memory({ since: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => memory({ since: [] }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => memory({ unknown: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
});

/** A process without the package. */
function stranger(t) {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1 << 30)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return once(child.stdout, 'data').then(() => child.pid);
}

test('heapdump-rs memory PID: from outside, also without the package', LINUX, async (t) => {
  const pid = await stranger(t);
  const ledger = JSON.parse(outputOf('memory', pid, '--json'));
  assertComplete(ledger);
  assert.equal(ledger.pid, pid);
  assert.ok(of(ledger, 'v8') > 1e6 && of(ledger, 'malloc') > 1e5, JSON.stringify(ledger.parts));
  const table = outputOf('memory', pid);
  assert.match(table, /^v8 .* MB/m);
  assert.match(table, /^unexplained /m);
  assert.match(table, /^RSS /m);
});

test('heapdump-rs memory PID --watch: rates, until the process ends', LINUX, async (t) => {
  const pid = await stranger(t);
  const watch = spawn(process.execPath, [PROGRAM, 'memory', String(pid), '--watch', '--interval', '1', '--json']);
  t.after(() => watch.kill('SIGKILL'));
  let output = '';
  let isAlive = true;
  watch.stdout.setEncoding('utf8');
  for await (const text of watch.stdout) {
    output += text;
    if (isAlive && output.split('\n').length > 2) isAlive = !process.kill(pid, 'SIGKILL');
  }
  const lines = output.trim().split('\n');
  assert.match(lines.at(-1), /has ended/);
  const ledgers = lines.slice(0, -1).map((line) => JSON.parse(line));
  assert.equal(ledgers[0].change, undefined);
  assert.equal(ledgers[1].change.since, ledgers[0].at);
});

test('heapdump-rs memory of a process that does not exist', LINUX, () => {
  const { status, stderr } = runSync('memory', 999999999);
  assert.equal(status, 2);
  assert.match(stderr, /there is no process/);
});
