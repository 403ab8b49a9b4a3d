'use strict';
// A panic in native code is a bug, but only causes an error with a code: the process lives on and can repeat the operation. `npm
// run test:panics` runs this with an addon that panics on demand. The published addon never panics: with it, everything here
// succeeds.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const FILE = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');
const panics = Boolean(process.env.HEAPDUMP_TEST_DEBUG);

/** Runs `work` while native code panics at `point`. */
async function withFault(point, work) {
  process.env.HEAPDUMP_TEST_FAULT = point;
  try {
    return await work();
  } finally {
    delete process.env.HEAPDUMP_TEST_FAULT;
  }
}

/** Expects `work` to end in a panic at `point`, and to succeed afterwards. Returns the error, if there was one. */
async function recovers(point, name, work) {
  const error = await withFault(point, work).then(
    () => undefined,
    (error) => error,
  );
  if (panics) {
    assert.ok(error instanceof Error, `${name} succeeded`);
    assert.equal(error.code, 'ERR_HEAPDUMP_INTERNAL', `${name}: ${error.stack}`);
  } else {
    assert.equal(error, undefined);
  }
  await work();
  return error;
}

test('where files are analysed, on the thread pool and at once', async () => {
  const file = heapdump.openSync(FILE);
  const { rootId } = file;
  const methods = {
    open: async () => (await heapdump.open(FILE)).close(),
    openSync: async () => heapdump.openSync(FILE).close(),
    analyze: () => heapdump.analyze(FILE),
    diff: () => heapdump.diff(FILE, file),
    trend: () => heapdump.trend([file, file, file]),
    findLeaks: () => heapdump.findLeaks([file]),
    summary: () => file.summary(),
    summarySync: async () => file.summarySync(),
    children: () => file.children(rootId),
    pathsToRoot: () => file.pathsToRoot(rootId),
    find: () => file.find({ limit: 10 }),
    duplicateStrings: () => file.duplicateStrings(),
  };
  for (const [name, work] of Object.entries(methods)) {
    const error = await recovers('analysis', name, work);
    if (error) assert.equal(error.cause, 'fault in analysis', name);
  }
  file.close();
});

test('where the heap of this process is read', async () => {
  const methods = {
    snapshot: async () => (await heapdump.snapshot()).close(),
    analyze: () => heapdump.analyze(),
    analyzeSync: async () => heapdump.analyzeSync(),
  };
  for (const [name, work] of Object.entries(methods)) await recovers('reader', name, work);
});

for (const [point, what] of [
  ['writer', 'written'],
  ['publication', 'published'],
]) {
  test(`where a dump is ${what}: no file is left`, async (t) => {
    const directory = temporary(t);
    const file = path.join(directory, 'a.heapsnapshot');
    const isThere = () => {
      readSnapshot(file);
      fs.unlinkSync(file);
    };
    const left = () => fs.readdirSync(directory).filter((name) => name !== 'node_modules');
    const methods = {
      dump: () => heapdump.dump({ path: file }),
      writeSnapshot: () =>
        new Promise((resolve, reject) => {
          heapdump.writeSnapshot(file, (error) => (error ? reject(error) : resolve()));
        }),
      signal: () =>
        new Promise((resolve, reject) => {
          // A forked dump would be retried, and succeed.
          heapdump.install({ dir: directory, name: 'a.heapsnapshot', mode: 'inline', quiet: true });
          heapdump.on('dump', resolve).on('error', reject);
          process.kill(process.pid, 'SIGUSR2');
        }).finally(() => heapdump.uninstall()),
    };
    // The signal does not keep the process alive.
    const alive = setInterval(() => {}, 1e6);
    t.after(() => clearInterval(alive));
    if (process.platform === 'win32') delete methods.signal;
    for (const [name, dump] of Object.entries(methods)) {
      await recovers(point, name, async () => {
        try {
          await dump();
          isThere();
        } finally {
          assert.deepEqual(left(), [], name);
          // Events follow the results of calls, so wait for them before the next method.
          await new Promise(setImmediate);
        }
      });
    }
  });
}
