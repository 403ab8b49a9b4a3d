'use strict';
// The memory of open snapshots is freed, however they are closed, also while queries run.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const heapdump = require('../index.js');

const PACKAGE = path.resolve(__dirname, '..');
const FIXTURE = path.resolve(__dirname, 'fixtures/node22.heapsnapshot.zst');
const [BEFORE, AFTER] = ['', '-later'].map((later) => path.resolve(__dirname, `fixtures/node20${later}.heapsnapshot.zst`));
const SMALL = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');

/** `npm run test:soak` sets ten thousand. */
const CYCLES = Number(process.env.HEAPDUMP_TEST_CYCLES ?? 1000);

test(`${CYCLES} snapshots, opened, asked and closed, leave no memory behind`, async (t) => {
  const script = `
    const heapdump = require(${JSON.stringify(PACKAGE)});
    const file = ${JSON.stringify(SMALL)};
    const cycle = async (i) => {
      const snapshot = i % 2 ? heapdump.openSync(file) : await heapdump.open(file);
      snapshot.summarySync();
      await snapshot.find({ name: 'a' });
      heapdump.diffSync(snapshot, file);
      heapdump.trendSync([snapshot, snapshot, snapshot]);
      await heapdump.analyze(snapshot);
      snapshot.close();
    };
    const settle = async (n) => {
      for (let i = 0; i < n; i++) await cycle(i);
      // The memory of collected handles is freed in the next iterations of the event loop.
      for (let i = 0; i < 5; i++) {
        global.gc();
        await new Promise(setImmediate);
      }
      return process.memoryUsage.rss();
    };
    (async () => {
      const before = await settle(500);
      console.log(await settle(${CYCLES}) - before);
    })();
  `;
  // V8's young generation could otherwise grow by tens of megabytes, which is unrelated.
  const child = spawn(process.execPath, ['--expose-gc', '--max-semi-space-size=1', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal', MALLOC_ARENA_MAX: '2' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await new Promise((resolve) => {
    child.once('close', resolve);
  });
  // A leaked graph of this size would be about 50 kB per round, 50 MB in a thousand.
  assert.ok(output !== '' && Number(output) < 10e6, `grew by ${output} bytes`);
  t.diagnostic(`grew by ${Math.round(output / 1000)} kB`);
});

test('a snapshot may be closed while it is asked, by whom and how often ever', async () => {
  const other = heapdump.openSync(AFTER);
  for (let round = 0; round < 12; round++) {
    const snapshot = await heapdump.open(round % 3 ? SMALL : BEFORE);
    const questions = [
      () => snapshot.summary(),
      () => snapshot.find(),
      () => snapshot.children(),
      () => snapshot.duplicateStrings(),
      () => snapshot.nativeContexts(),
      () => heapdump.analyze(snapshot),
      () => heapdump.diff(snapshot, snapshot),
      () => heapdump.trend([snapshot, snapshot, snapshot]),
      () => heapdump.diff(other, snapshot, { by: 'name' }),
      () => snapshot.retainers(1),
    ];
    const asked = [];
    questions.forEach((ask, i) => {
      asked.push(Promise.allSettled([ask()]));
      if (i % 4 === round % 4) snapshot.close();
    });
    if (round % 2) await new Promise(setImmediate);
    snapshot.close();
    for (const { status, reason } of (await Promise.all(asked)).flat()) {
      assert.ok(status === 'fulfilled' || reason.code === 'ERR_HEAPDUMP_CLOSED', reason?.stack);
    }
    assert.throws(() => snapshot.summarySync(), { code: 'ERR_HEAPDUMP_CLOSED' });
  }
  assert.ok(other.summarySync().rows.length > 0, 'the other one is not concerned');
  other.close();
});

/** The work of a worker when it is terminated: an endless repetition of each. */
const WORK = {
  open: '(await heapdump.open(file)).close()',
  openSync: 'heapdump.openSync(file).close()',
  analyze: 'await heapdump.analyze(file, { onProgress() {} })',
  diff: 'await heapdump.diff(before, after)',
  trend: 'await heapdump.trend([before, after, after])',
  find: 'await snapshot.find()',
  'the rest':
    'await Promise.all([snapshot.summary(), snapshot.duplicateStrings(), snapshot.nativeContexts(), snapshot.pathsToRoot(snapshot.rootId)])',
};

for (const [name, work] of Object.entries(WORK)) {
  test(`a worker that is terminated in the middle of ${name} does not harm the process`, async () => {
    const script = `
      const { parentPort, workerData: { main, file, before, after } } = require('node:worker_threads');
      const heapdump = require(main);
      (async () => {
        const snapshot = heapdump.openSync(file);
        for (;;) {
          parentPort.postMessage('again');
          ${work};
        }
      })();
    `;
    for (let round = 0; round < 3; round++) {
      const workerData = { main: PACKAGE, file: round ? FIXTURE : SMALL, before: BEFORE, after: AFTER };
      const worker = new Worker(script, { eval: true, workerData });
      let left = 1 + round;
      await new Promise((resolve, reject) => {
        worker
          .on('message', () => {
            if (left-- === 0) resolve();
          })
          .once('error', reject);
      });
      await worker.terminate();
    }
    const summary = await heapdump.analyze(SMALL);
    assert.ok(summary.rows.length > 0);
  });
}
