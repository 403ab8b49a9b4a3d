'use strict';
// dump(): options, result, names, formats, events.

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { cleanup } = require('./support/cleanup.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('../index.js');

const LONG = { timeout: 120_000 };

test('the result contains the file, the method and the cost', LONG, async (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  const began = new Date();
  const result = await heapdump.dump({ path: file, mode: 'inline' });
  assert.deepEqual(Object.keys(result).sort(), [
    'bytes',
    'deadlineMs',
    'durationMs',
    'encrypted',
    'fallback',
    'isMainThread',
    'memoryAfter',
    'memoryBefore',
    'method',
    'node',
    'path',
    'pauseMs',
    'pid',
    'reason',
    'snapshotBytes',
    'sources',
    'startedAt',
    'threadId',
    'v8',
  ]);
  const { size } = fs.statSync(file);
  const { bytes, snapshotBytes, method, node, v8, pid, reason, threadId, isMainThread } = result;
  assert.deepEqual(
    { bytes, snapshotBytes, method, node, v8, pid, reason, threadId, isMainThread, path: result.path },
    {
      bytes: size,
      snapshotBytes: size,
      method: 'inline',
      node: process.version,
      v8: process.versions.v8,
      pid: process.pid,
      reason: 'dump',
      threadId: 0,
      isMainThread: true,
      path: file,
    },
  );
  assert.ok(result.pauseMs > 0 && result.durationMs >= result.pauseMs * 0.9);
  assert.ok(new Date(result.startedAt) >= began && new Date(result.startedAt) <= new Date());
  for (const memory of [result.memoryBefore, result.memoryAfter]) {
    assert.deepEqual(Object.keys(memory).sort(), Object.keys(process.memoryUsage()).sort());
  }
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  readSnapshot(file);
});

test('file names: default, directory, pattern; directories are made for the owner alone', LONG, async (t) => {
  const directory = temporary(t);
  const before = process.cwd();
  process.chdir(directory);
  cleanup(t, () => process.chdir(before));
  assert.match(path.relative(directory, (await heapdump.dump()).path), /^heapdump-\d+\.\d+\.heapsnapshot$/);

  const inDirectory = await heapdump.dump({ dir: 'x/y' });
  assert.match(path.relative(path.join(directory, 'x/y'), inDirectory.path), /^heapdump-\d+\.\d+\.heapsnapshot$/);
  for (const made of ['x', 'x/y']) assert.equal(fs.statSync(made).mode & 0o777, 0o700);

  const named = await heapdump.dump({ dir: directory, name: '{host}-{pid}-{tid}-{seq}-{utc}-{other}.heapsnapshot' });
  const host = os.hostname().replace(/[^\w.-]/g, '_');
  assert.match(
    path.basename(named.path),
    new RegExp(`^${host}-${process.pid}-0-\\d{3}-\\d{8}T\\d{6}Z-\\{other\\}\\.heapsnapshot$`),
  );

  const url = pathToFileURL(path.join(directory, 'with space.heapsnapshot'));
  assert.equal((await heapdump.dump({ path: url })).path, path.join(directory, 'with space.heapsnapshot'));
});

test('an existing file stays unless overwrite says otherwise', LONG, async (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  fs.writeFileSync(file, 'mine');
  await assert.rejects(heapdump.dump({ path: file }), {
    code: 'EEXIST',
    syscall: 'open',
    path: file,
    errno: -os.constants.errno.EEXIST,
  });
  assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  await heapdump.dump({ path: file, overwrite: true });
  readSnapshot(file);
});

test('a file that appears while V8 is at work stays, too', LONG, async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const onProgress = () => fs.writeFileSync(file, 'mine');
  await assert.rejects(heapdump.dump({ path: file, onProgress }), { code: 'EEXIST', syscall: 'rename', path: file });
  assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  assert.deepEqual(partials(directory), []);
});

const zstd = typeof zlib.zstdDecompressSync === 'function';

test('compressed, by option or by the ending of the path', LONG, async (t) => {
  const directory = temporary(t);
  for (const [options, name] of [
    [{ compress: true, name: 'a.heapsnapshot' }, 'a.heapsnapshot.gz'],
    [{ compress: 'gzip', name: 'b.heapsnapshot' }, 'b.heapsnapshot.gz'],
    [{ name: 'c.heapsnapshot.gz' }, 'c.heapsnapshot.gz'],
    [{ path: 'd.heapsnapshot.zst' }, 'd.heapsnapshot.zst'],
    [{ compress: 'zstd', name: 'e.heapsnapshot' }, 'e.heapsnapshot.zst'],
    [{ compress: false, path: 'f.heapsnapshot.gz' }, 'f.heapsnapshot.gz'],
  ]) {
    if (options.path) options.path = path.join(directory, options.path);
    else options.dir = directory;
    const result = await heapdump.dump(options);
    assert.equal(path.basename(result.path), name);
    assert.equal(result.bytes, fs.statSync(result.path).size);
    if (options.compress === false) {
      assert.equal(result.bytes, result.snapshotBytes);
      JSON.parse(fs.readFileSync(result.path, 'utf8'));
      continue;
    }
    assert.ok(result.bytes < result.snapshotBytes / 2);
    const magic = fs.readFileSync(result.path).subarray(0, 4).toString('hex');
    assert.equal(magic.startsWith('1f8b') ? 'gz' : magic === '28b52ffd' ? 'zst' : magic, path.extname(name).slice(1));
    if (name.endsWith('.gz') || zstd) readSnapshot(result.path);
  }
  assert.equal(snapshots(directory).length, 6);
});

test('the sidecar is the result, beside the file, for the owner alone', LONG, async (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  const result = await heapdump.dump({ path: file, sidecar: true });
  const sidecar = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
  assert.ok(sidecar.durationMs <= result.durationMs);
  assert.deepEqual({ ...sidecar, durationMs: result.durationMs }, result);
  assert.equal(fs.statSync(`${file}.json`).mode & 0o777, 0o600);
});

test('onProgress counts the bytes; an exception from it ends the dump', LONG, async (t) => {
  const directory = temporary(t);
  const seen = [];
  const { snapshotBytes } = await heapdump.dump({
    path: path.join(directory, 'a.heapsnapshot'),
    mode: 'inline',
    onProgress: ({ bytes }) => seen.push(bytes),
  });
  assert.ok(seen.length >= 2);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(seen.at(-1), snapshotBytes);
  const mine = new Error('mine');
  const onProgress = () => {
    throw mine;
  };
  await assert.rejects(heapdump.dump({ path: path.join(directory, 'b.heapsnapshot'), onProgress }), (error) => error === mine);
  assert.deepEqual(fs.readdirSync(directory).sort(), ['a.heapsnapshot', 'node_modules']);
});

test('exposeNumericValues and exposeInternals add their data', LONG, async (t) => {
  const directory = temporary(t);
  globalThis.kept = { number: 7654321 + 0.125 };
  cleanup(t, () => {
    delete globalThis.kept;
  });
  const files = [];
  for (const options of [{}, { exposeNumericValues: true }, { exposeInternals: true }]) {
    files.push((await heapdump.dump({ path: path.join(directory, `${files.length}.heapsnapshot`), ...options })).path);
  }
  // Created only now, because the text of the number is then on the heap.
  const spelt = String(globalThis.kept.number);
  const [plain, numbers, internals] = files.map(readSnapshot);
  assert.equal(plain.mentions(spelt), false);
  assert.equal(numbers.mentions(spelt), true);
  assert.ok(internals.nodeCount > plain.nodeCount || internals.mentions('system / '));
});

test('wrong options throw at once and write nothing', async (t) => {
  const directory = temporary(t);
  const here = (options) => ({ dir: directory, ...options });
  for (const [options, code, type] of [
    [null, 'ERR_INVALID_ARG_TYPE', TypeError],
    ['a.heapsnapshot', 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ redcat: true }), 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ path: 42 }, 'ERR_INVALID_ARG_TYPE', TypeError],
    [{ path: '' }, 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ path: 'a\0b' }, 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ path: new URL('http://localhost/a') }, 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ path: 'a' }), 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ path: 'a', name: 'b' }, 'ERR_INVALID_ARG_VALUE', TypeError],
    [here({ name: null }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ overwrite: 1 }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ mode: 'spoon' }), 'ERR_INVALID_ARG_VALUE', TypeError],
    [here({ threads: 'some' }), 'ERR_INVALID_ARG_VALUE', TypeError],
    [here({ compress: 'brotli' }), 'ERR_INVALID_ARG_VALUE', TypeError],
    [here({ sidecar: 'yes' }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ wait: 0 }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ onProgress: {} }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ signal: {} }), 'ERR_INVALID_ARG_TYPE', TypeError],
    [here({ signal: null }), 'ERR_INVALID_ARG_TYPE', TypeError],
  ]) {
    assert.throws(
      () => heapdump.dump(options),
      (error) => error instanceof type && error.code === code,
      JSON.stringify(options),
    );
  }
  for (const [options, code, type] of [
    [{ wedgedAfterMs: -1 }, 'ERR_OUT_OF_RANGE', RangeError],
    [{ wedgedAfterMs: NaN }, 'ERR_OUT_OF_RANGE', RangeError],
    [{ wedgedAfterMs: '1' }, 'ERR_INVALID_ARG_TYPE', TypeError],
    [{ signal: 'SIGNOTHING' }, 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ signal: 12 }, 'ERR_INVALID_ARG_TYPE', TypeError],
    [{ threads: 'current' }, 'ERR_INVALID_ARG_VALUE', TypeError],
    [{ quiet: 'no' }, 'ERR_INVALID_ARG_TYPE', TypeError],
  ]) {
    assert.throws(
      () => heapdump.install(options),
      (error) => error instanceof type && error.code === code,
      JSON.stringify(options),
    );
  }
  assert.deepEqual(fs.readdirSync(directory), ['node_modules']);
});

test('events and diagnostics_channel report every dump and every failure', LONG, async (t) => {
  const directory = temporary(t);
  const tick = () => new Promise(setImmediate);
  await tick(); // Deliver earlier events.
  const reported = [];
  const listeners = {
    dump: (result) => reported.push(['event', 'dump', result]),
    error: (error) => reported.push(['event', 'error', error]),
  };
  const subscribers = {};
  for (const [event, listener] of Object.entries(listeners)) {
    assert.equal(heapdump.on(event, listener), heapdump, 'on() can be chained');
    subscribers[event] = (message) => reported.push(['channel', event, message]);
    diagnostics.channel(`heapdump-rs:${event}`).subscribe(subscribers[event]);
  }
  cleanup(t, () => {
    for (const event of Object.keys(listeners)) {
      heapdump.off(event, listeners[event]);
      diagnostics.channel(`heapdump-rs:${event}`).unsubscribe(subscribers[event]);
    }
  });
  const result = await heapdump.dump({ path: path.join(directory, 'a.heapsnapshot') });
  await tick();
  assert.deepEqual(reported.splice(0), [
    ['channel', 'dump', result],
    ['event', 'dump', result],
  ]);

  const failure = await heapdump.dump({ path: path.join(directory, 'no/a.heapsnapshot') }).catch((error) => error);
  await tick();
  assert.deepEqual(reported.splice(0), [
    ['channel', 'error', failure],
    ['event', 'error', failure],
  ]);

  assert.equal(heapdump.writeSnapshot(path.join(directory, 'b.heapsnapshot')), true);
  assert.deepEqual(reported, [], 'reported after the caller has its answer');
  await tick();
  assert.deepEqual(
    reported.splice(0).map(([how, event, { reason }]) => [how, event, reason]),
    [
      ['channel', 'dump', 'writeSnapshot'],
      ['event', 'dump', 'writeSnapshot'],
    ],
  );
  assert.equal(heapdump.writeSnapshot(path.join(directory, 'no/b.heapsnapshot')), false);
  await tick();
  assert.deepEqual(
    reported.splice(0).map(([how, event, { code }]) => [how, event, code]),
    [
      ['channel', 'error', 'ENOENT'],
      ['event', 'error', 'ENOENT'],
    ],
  );
});

test("an 'error' event without a listener does not throw", async (t) => {
  await assert.rejects(heapdump.dump({ path: path.join(temporary(t), 'no/a.heapsnapshot') }), { code: 'ENOENT' });
  await new Promise(setImmediate);
});

test('capabilities() is a plain description', () => {
  const capabilities = heapdump.capabilities();
  assert.deepEqual(JSON.parse(JSON.stringify(capabilities)), capabilities);
  assert.equal(capabilities.node, process.version);
  assert.deepEqual(capabilities.signal.installed, null);
  assert.deepEqual(capabilities.inspector, { available: true });
});
