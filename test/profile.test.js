'use strict';
// `profile()`: the functions that allocated the live objects.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { gunzipSync } = require('node:zlib');
const { Profile } = require('pprof-format');
const heapdump = require('../index.js');
const { runSync } = require('./support/command.js');
const { temporary } = require('./support/temporary.js');

/** Small, so that a few megabytes are hundreds of samples. */
const INTERVAL = 4096;

const profiler = heapdump.profile();
afterEach(() => {
  if (profiler.isRunning) profiler.stop();
});

const kept = [];
/** Allocates and retains `count` buffers in the heap, of 1,016 bytes each. */
function allocateAndKeep(count) {
  for (let i = 0; i < count; i++) kept.push(new Array(125).fill(i));
}
function callTheAllocator(count) {
  allocateAndKeep(count);
}
function allocateGarbage(count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += new Array(125).fill(i).length;
  return sum;
}

const siteOf = (profile, name) => profile.sites().find((site) => site.function === name);

test('a function whose objects are alive has their bytes, and its callers', () => {
  profiler.start({ intervalBytes: INTERVAL });
  callTheAllocator(5000);
  const site = siteOf(profiler.take(), 'allocateAndKeep');
  const bytes = 5000 * 1016;
  assert.ok(Math.abs(site.bytes - bytes) < 0.2 * bytes, `${site.bytes} of ${bytes}`);
  assert.ok(site.sampleCount > 100);
  assert.equal(site.file, __filename);
  const lines = fs.readFileSync(__filename, 'utf8').split('\n');
  assert.match(lines[site.line - 1], /^function allocateAndKeep/);
  assert.equal(site.callers[0].function, 'callTheAllocator');
});

test('collected objects are no longer in the profile', () => {
  profiler.start({ intervalBytes: INTERVAL });
  allocateGarbage(50_000);
  const site = siteOf(profiler.take(), 'allocateGarbage');
  assert.ok((site?.bytes ?? 0) < 0.5 * 50_000 * 1016, 'V8 collected most of it meanwhile');
});

test('the difference of two profiles is the live memory allocated between them', () => {
  profiler.start({ intervalBytes: INTERVAL });
  callTheAllocator(4000);
  const before = profiler.take();
  callTheAllocator(1000);
  const after = profiler.take();
  const bytes = 1000 * 1016;
  const between = siteOf(after.since(before), 'allocateAndKeep').bytes;
  assert.ok(Math.abs(between - bytes) < 0.4 * bytes, `${between} of ${bytes}`);
  profiler.stop();
  profiler.start({ intervalBytes: INTERVAL });
  assert.throws(() => profiler.take().since(before), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
  assert.throws(() => after.since({}), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('another implementation reads the same values from the pprof file', () => {
  profiler.start({ intervalBytes: INTERVAL });
  callTheAllocator(3000);
  const profile = profiler.stop();
  const decoded = Profile.decode(gunzipSync(profile.toPprof()));
  const text = (index) => decoded.stringTable.strings[Number(index)];
  assert.deepEqual(
    decoded.sampleType.map(({ type, unit }) => [text(type), text(unit)]),
    [
      ['samples', 'count'],
      ['inuse_space', 'bytes'],
    ],
  );
  const sum = (at) => decoded.sample.reduce((total, { value }) => total + Number(value[at]), 0);
  assert.equal(sum(1), profile.totals.bytes);
  assert.equal(sum(0), profile.totals.sampleCount);
  assert.equal(Number(decoded.period), INTERVAL);
  assert.equal(text(decoded.defaultSampleType), 'inuse_space');
  const locations = new Map(decoded.location.map((location) => [location.id, location]));
  const functions = new Map(decoded.function.map((one) => [one.id, one]));
  const named = (id) => functions.get(locations.get(id).line[0].functionId);
  // Builtins are on the stacks, too.
  const siteIn = ({ locationId }) => locationId.map(named).find(({ filename }) => text(filename) !== '(native)');
  const bytes = decoded.sample
    .filter((sample) => text(siteIn(sample)?.name ?? 0) === 'allocateAndKeep')
    .reduce((total, { value }) => total + Number(value[1]), 0);
  assert.equal(bytes, siteOf(profile, 'allocateAndKeep').bytes);
  const site = decoded.function.find(({ name }) => text(name) === 'allocateAndKeep');
  assert.equal(text(site.filename), __filename);
});

test('a profile is written, read again, printed and converted', (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapprofile');
  profiler.start({ intervalBytes: INTERVAL });
  callTheAllocator(2000);
  const profile = profiler.stop();
  fs.writeFileSync(file, profile.toHeapProfile());
  const read = heapdump.openProfile(file);
  assert.deepEqual(read.sites(), profile.sites());
  assert.deepEqual({ ...read, totals: read.totals }, { ...profile, totals: profile.totals });
  const run = (...args) => runSync('profile', ...args);
  assert.match(run(file, '--full').stdout, /^allocateAndKeep .*profile\.test\.js:\d+:\d+ +callTheAllocator/m);
  assert.deepEqual(JSON.parse(run(file, '--json').stdout), { totals: profile.totals, sites: profile.sites() });
  const pprof = path.join(directory, 'a.pb.gz');
  assert.equal(run(file, '-o', pprof).status, 0);
  assert.deepEqual(fs.readFileSync(pprof), profile.toPprof());
  assert.equal(fs.statSync(pprof).mode & 0o777, 0o600);
  assert.equal(run(file, '-o', path.join(directory, 'a.txt')).status, 2);
});

test('a profile of node --heap-prof is read', (t) => {
  const directory = temporary(t);
  const program = 'const keep = []; function fill() { for (let i = 0; i < 3e4; i++) keep.push({ i, a: [i] }); } fill();';
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--heap-prof', '--heap-prof-interval=4096', '--heap-prof-dir', directory, '-e', program],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const [name] = fs.readdirSync(directory).filter((one) => one.endsWith('.heapprofile'));
  const profile = heapdump.openProfile(path.join(directory, name));
  assert.ok(siteOf(profile, 'fill').bytes > 1e6);
  assert.equal(profile.intervalBytes, null);
});

test('a snapshot can be taken while allocations are sampled, and ids stay comparable', async () => {
  profiler.start({ intervalBytes: INTERVAL });
  callTheAllocator(100);
  const before = await heapdump.snapshot();
  profiler.take();
  callTheAllocator(100);
  const after = await heapdump.snapshot();
  const { rows } = await heapdump.diff(before, after);
  assert.ok(rows.length > 0);
  assert.ok(profiler.isRunning);
  before.close();
  after.close();
});

test('each thread has its own profiler', async () => {
  profiler.start({ intervalBytes: INTERVAL });
  const worker = new Worker(
    `const { parentPort } = require('worker_threads');
     const profiler = require(${JSON.stringify(path.resolve(__dirname, '..'))}).profile();
     const isRunning = profiler.isRunning;
     profiler.start({ intervalBytes: 4096 });
     const keep = [];
     (function inWorker() { for (let i = 0; i < 2000; i++) keep.push(new Array(125).fill(i)); })();
     parentPort.postMessage({ isRunning, sites: profiler.stop().sites() });`,
    { eval: true },
  );
  const { isRunning, sites } = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(isRunning, false);
  assert.ok(sites.some((site) => site.function === 'inWorker'));
  assert.equal(siteOf(profiler.take(), 'inWorker'), undefined);
  await worker.terminate();
});

test('wrong calls and files', (t) => {
  assert.throws(() => profiler.take(), { code: 'ERR_HEAPDUMP_PROFILER' });
  assert.throws(() => profiler.stop(), { code: 'ERR_HEAPDUMP_PROFILER' });
  assert.throws(() => profiler.start({ intervalBytes: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  profiler.start();
  profiler.start();
  assert.throws(() => profiler.start({ intervalBytes: 1 }), { code: 'ERR_HEAPDUMP_PROFILER' });
  const directory = temporary(t);
  for (const [name, text] of [
    ['empty', ''],
    ['cut', '{"head":{"callFrame":'],
    ['other', '[]'],
    ['null', 'null'],
    ['frames', '{"head":{"callFrame":{},"selfSize":1,"children":[]}}'],
    ['samples', '{"head":{"callFrame":{"functionName":"","url":"","lineNumber":0},"selfSize":1,"children":[]},"samples":[1]}'],
  ]) {
    const file = path.join(directory, name);
    fs.writeFileSync(file, text);
    assert.throws(() => heapdump.openProfile(file), { code: 'ERR_HEAPDUMP_PARSE' }, name);
  }
  assert.throws(() => heapdump.openProfile(path.join(directory, 'none')), { code: 'ENOENT' });
  // Deeper than JavaScript recurses.
  const deep = path.join(directory, 'deep');
  const frame = '{"callFrame":{"functionName":"f","url":"","lineNumber":-1,"columnNumber":-1},"selfSize":1,"id":1,"children":[';
  fs.writeFileSync(deep, `{"head":${frame.repeat(3000)}${']}'.repeat(3000)}}`);
  assert.equal(heapdump.openProfile(deep).sites().length, 1);
});
