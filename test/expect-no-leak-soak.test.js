'use strict';
// Runs `expectNoLeak()` many times: `npm run test:soak`. Skipped without HEAPDUMP_TEST_LEAK_ROUNDS; expect-no-leak.test.js runs
// every kind once.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { expectNoLeak } = require('../index.js');
const { healthy, leaking } = require('./support/subjects.js');

const ROUNDS = Number(process.env.HEAPDUMP_TEST_LEAK_ROUNDS ?? 0);

/** Number of rounds between two lines of progress. */
const REPORT = 10;

const options = { skip: ROUNDS === 0 && 'takes long; HEAPDUMP_TEST_LEAK_ROUNDS=200 runs it' };

test('no false alarm, whatever healthy function is examined', options, async () => {
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [name, make] of Object.entries(healthy)) {
      await expectNoLeak(make(), { iterations: 20 }).catch((error) => assert.fail(`round ${round}, ${name}: ${error.stack}`));
    }
    if (round % REPORT === 0) console.log(`${round} rounds of ${Object.keys(healthy).length} healthy functions`);
  }
});

test('no leak is missed', options, async () => {
  const kinds = Object.entries(leaking);
  for (let run = 0; run < ROUNDS; run++) {
    const [name, make] = kinds[run % kinds.length];
    const { fn, constructor, end } = make();
    const error = await expectNoLeak(fn, { iterations: 20 }).catch((error) => error);
    end?.();
    assert.deepEqual(
      error?.leaks?.map((leak) => leak.constructor),
      [constructor],
      `run ${run}, ${name}: ${error?.stack}`,
    );
    if ((run + 1) % REPORT === 0) console.log(`${run + 1} leaks found`);
  }
});
