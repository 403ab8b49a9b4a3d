'use strict';
// `expectNoLeak()`: which leaks it reports, and which functions are healthy.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const heapdump = require('../index.js');
const { isIgnored } = require('../lib/expect-no-leak/ignore.js');
const { Session, healthy, leaking } = require('./support/subjects.js');

const { expectNoLeak } = heapdump;

/** Returns the error with which `expectNoLeak` rejects. */
async function failure(fn, options) {
  const error = await expectNoLeak(fn, options).then(
    () => assert.fail('no leak was found'),
    (error) => error,
  );
  assert.equal(error.code, 'ERR_HEAPDUMP_LEAK', error.stack);
  assert.ok(error instanceof Error && Array.isArray(error.leaks));
  return error;
}

/** Leaks a `Session` per call. */
function sessionLeak() {
  const sessions = [];
  return () => {
    sessions.push(new Session());
  };
}

test('caches, lazy initialization, hot code, promises and timers are no leak', async () => {
  // Filling them takes too many calls for the time that the others leave.
  const { 'a cache of 100': small, 'a cache of 700 numbers': large, ...others } = healthy;
  for (const make of [small, large]) await expectNoLeak(make());
  const functions = Object.values(others).map((make) => make());
  await expectNoLeak(async () => {
    for (const fn of functions) await fn();
  });
});

test('every kind of leak is found, and named', async (t) => {
  // The memory of a set of numbers grows in leaps. Beside leaks of objects it may only be found once those are fixed.
  const { 'numbers in a set': numbers, ...others } = leaking;
  const set = numbers();
  const {
    leaks: [alone],
  } = await failure(
    async () => {
      await set.fn();
    },
    { iterations: 20 },
  );
  assert.equal(alone.constructor, set.constructor);
  const subjects = Object.values(others).map((make) => make());
  t.after(() => {
    for (const { end } of subjects) end?.();
  });
  const { leaks } = await failure(
    async () => {
      for (const { fn } of subjects) await fn();
    },
    { iterations: 20 },
  );
  // Each once. On Node 26 several timers share one function, so their owners distinguish them.
  const expected = subjects.map(({ constructor }) => constructor);
  assert.deepEqual(leaks.map(({ constructor }) => constructor).sort(), expected.sort());
});

test('the message names constructor, growth, owner and path', async () => {
  const sessions = new Map();
  const { message, leaks } = await failure(
    () => {
      sessions.set(sessions.size, new Session());
    },
    { confirmMs: 0 },
  );
  const shown = leaks[0].counts;
  const at = `${shown[0]}, ${shown[1]} and ${shown[2]}`;
  const ids = message
    .slice(message.indexOf('  Session grows'))
    .replace(/@\d+/g, '@ID')
    .replace(/\d+ of \(array\)/, 'N of (array)');
  assert.match(message, /^1 leak: Session\n/);
  assert.ok(
    ids.startsWith(`  Session grows by 1 object (${leaks[0].bytesPerIteration} bytes) per iteration
    stayed: ${at} after ${at} iterations
    owner: Map @ID
    path:
      Session @ID
      ← N of (array) @ID
      ← table of Map @ID
      ← sessions of system / Context @ID
      ← context of function (anonymous) @ID`),
    ids,
  );
  const [{ owner, path, countPerIteration, bytesPerIteration, counts, iterations }] = leaks;
  assert.equal(owner.name, 'Map');
  assert.ok(path.some(({ edge, edgeType, id }) => edge === 'sessions' && edgeType === 'context' && id > 0));
  assert.equal(countPerIteration, 1);
  assert.deepEqual(counts, iterations);
  assert.ok(bytesPerIteration >= 12 && bytesPerIteration <= 64, `${bytesPerIteration}`);
});

test('the message has the finding: its title, place, code frame and fix', async () => {
  const sessions = new Map();
  const {
    message,
    leaks: [{ finding }],
  } = await failure(
    () => {
      sessions.set(sessions.size, new Session());
    },
    { confirmMs: 0 },
  );
  assert.equal(finding.kind, 'growing-collection');
  assert.match(message, /\n {2}Map `sessions` grows without bound\n +--> \S*expect-no-leak\.test\.js:\d+:\d+\n/);
  assert.match(message, /\| +const sessions = new Map\(\);\n +\| +\^+ `sessions` is created here\n/);
  assert.match(message, /\n {4}fix: Remove entries from `sessions`/);
  assert.doesNotMatch(message + JSON.stringify(finding.messages), /underTest|subject\.js/);
});

test('a promise on which reactions pile up is named', async () => {
  const shutdown = new Promise(() => {});
  const { message } = await failure(
    () => {
      Promise.race([shutdown, Promise.resolve()]);
    },
    { confirmMs: 0 },
  );
  assert.match(message, /reactions accumulate on the pending promise `shutdown`\n/);
});

test('a bounded collection that is still filling: a warning, or a failure if `stillFilling` is `fail`', async () => {
  class Cache {
    max = 1e6;
    entries = new Map();
  }
  const cache = new Cache();
  let n = 0;
  const fn = () => {
    cache.entries.set(n++, new Session());
  };
  const warned = once(process, 'warning');
  await expectNoLeak(fn, { confirmMs: 0 });
  const [warning] = await warned;
  assert.equal(warning.code, 'HEAPDUMP_STILL_FILLING');
  assert.match(warning.message, /`cache\.entries` .*is still filling/);
  const {
    leaks: [{ finding }],
  } = await failure(fn, { confirmMs: 0, stillFilling: 'fail' });
  assert.equal(finding.severity, 'suspect');
});

test('a leak into a collection that was large before is found', async () => {
  const sessions = new Map(Array.from({ length: 9000 }, (_, n) => [n, new Session()]));
  const { leaks } = await failure(() => {
    sessions.set(sessions.size, new Session());
  });
  assert.deepEqual(
    leaks.map(({ constructor, owner }) => [constructor, owner.name]),
    [['Session', 'Map']],
  );
});

// A healthy function took two snapshots; on a busy machine that exceeded the 5 s of jest and vitest.
test('a healthy function takes no snapshot', async (t) => {
  const live = require('../lib/analysis/live.js');
  const rounds = require.resolve('../lib/expect-no-leak/rounds.js');
  const index = require.resolve('../lib/expect-no-leak/index.js');
  const take = t.mock.method(live, 'take');
  const cached = [rounds, index].map((file) => [file, require.cache[file]]);
  t.after(() => {
    for (const [file, module] of cached) require.cache[file] = module;
  });
  for (const [file] of cached) delete require.cache[file];
  const again = require(index);
  await again.expectNoLeak(() => {});
  assert.equal(take.mock.callCount(), 0);
  const kept = [];
  await assert.rejects(
    again.expectNoLeak(
      () => {
        kept.push(new Session());
      },
      { confirmMs: 0 },
    ),
    { code: 'ERR_HEAPDUMP_LEAK' },
  );
  assert.ok(take.mock.callCount() >= 3);
});

test('several leaks are distinguished, the largest first', async () => {
  class Large {
    fields = new Array(100).fill(1);
  }
  const sessions = new Set();
  const others = [];
  const { leaks, message } = await failure(() => {
    sessions.add(new Session());
    others.push(new Large());
  });
  assert.deepEqual(
    leaks.map(({ constructor, owner }) => [constructor, owner.name]),
    [
      ['Large', 'Array'],
      ['Session', 'Set'],
    ],
  );
  assert.match(message, /^2 leaks, the largest: Large\n/);
});

test('objects retained by a leaked object are not a separate leak', async () => {
  const kept = new Map();
  const {
    leaks: [leak, ...more],
  } = await failure(() => {
    const session = Object.assign(new Session(), { list: [{ text: `text ${kept.size}` }] });
    kept.set(kept.size, session);
  });
  assert.deepEqual([leak.constructor, more], ['Session', []]);
  assert.deepEqual(
    leak.parts
      .map(({ constructor }) => constructor)
      .filter((name) => name !== '(string)')
      .sort(),
    ['Array', '{text}'],
  );
});

test('growth below the tolerance is no leak, growth above it is one', async () => {
  const kept = [];
  let calls = 0;
  const everyFifth = () => {
    if (++calls % 5 === 0) kept.push(new Session());
  };
  await expectNoLeak(everyFifth);
  const {
    leaks: [leak],
  } = await failure(everyFifth, { tolerance: 0.1 });
  assert.ok(Math.abs(leak.countPerIteration - 0.2) < 0.01);
  let list;
  await expectNoLeak(
    () => {
      list = { list };
    },
    { tolerance: 1 },
  );
});

test('leaks can be ignored, by constructor, by a pattern for names, or by a function', async () => {
  const leak = {
    constructor: 'Session',
    owner: { name: 'Map' },
    path: [{ edge: 'sessions', name: 'Context' }],
    example: {},
    dominators: [{ name: 'Map' }],
  };
  const isOwner = ({ owner, dominators }) => owner.name === 'Map' && dominators === undefined;
  for (const rule of ['Session', /^Sess/, /^Map$/, /sessions/g, isOwner]) assert.ok(isIgnored(leak, [rule]), String(rule));
  assert.equal(isIgnored(leak, ['Sess', 'Map', /ession$/y, () => false]), false);
  const fn = sessionLeak();
  await expectNoLeak(fn, { ignore: ['Other', /sessions/], confirmMs: 0 });
  await failure(fn, { ignore: 'sessions', confirmMs: 0 });
});

test('records of test runners are no leak, and objects with the same names elsewhere are one', () => {
  const owner = { id: 1, name: 'Array' };
  const held = (...steps) => ({
    constructor: 'Object',
    owner,
    example: { id: 2 },
    dominators: [],
    path: [{ edge: '0', id: 1, name: 'Array' }, ...steps],
  });
  const calls = { edge: 'calls', id: 3, name: 'Object' };
  for (const steps of [
    [{ edge: 'testResources', id: 3, name: 'system / Context' }],
    [{ edge: '_buffer', id: 3, name: 'console' }],
    [calls, { edge: 'mock', id: 4, type: 'closure', name: 'spy' }],
  ]) {
    assert.ok(isIgnored(held(...steps), []), steps[0].edge);
    assert.equal(isIgnored(held({ edge: 'list', id: 5, name: 'Object' }, ...steps), []), false, steps[0].edge);
  }
  for (const steps of [
    [],
    [calls],
    [calls, { edge: 'mock', id: 4, type: 'object', name: 'Object' }],
    [{ edge: '_buffer', id: 3, name: 'Socket' }],
  ]) {
    assert.equal(isIgnored(held(...steps), []), false);
  }
});

test('the function is called `iterations` times, in rounds that double until the heap stops growing', async () => {
  let calls = 0;
  await expectNoLeak(
    () => {
      calls += 1;
    },
    { iterations: 40, warmup: 4 },
  );
  const doublings = Math.log2(calls / 44);
  assert.ok(Number.isInteger(doublings) && doublings >= 0 && doublings < 7, `${calls} calls`);
});

test('an error of the function is passed on as it is', async () => {
  const error = new Error('mine');
  let calls = 0;
  const fail = () => {
    if (++calls === 13) throw error;
  };
  await assert.rejects(expectNoLeak(fail), (thrown) => thrown === error);
  await assert.rejects(
    expectNoLeak(() => Promise.reject(error)),
    (thrown) => thrown === error,
  );
  await expectNoLeak(() => {});
});

test('it can be aborted', async () => {
  const aborted = { name: 'AbortError', code: 'ABORT_ERR' };
  let calls = 0;
  await assert.rejects(
    expectNoLeak(
      () => {
        calls += 1;
      },
      { signal: AbortSignal.abort() },
    ),
    aborted,
  );
  assert.equal(calls, 0);
  const controller = new AbortController();
  const fn = () => {
    if (++calls === 20) controller.abort('enough');
  };
  await assert.rejects(expectNoLeak(fn, { signal: controller.signal }), { ...aborted, cause: 'enough' });
  assert.equal(calls, 20);
});

// It never returned, and neither did later calls.
test('it can be aborted while the function hangs, and the next call works', async () => {
  const controller = new AbortController();
  const hangs = () =>
    new Promise(() => {
      setImmediate(() => controller.abort());
    });
  await assert.rejects(expectNoLeak(hangs, { signal: controller.signal }), { code: 'ABORT_ERR' });
  await expectNoLeak(() => {});
});

test('it reports before the timeout of jest and vitest, and names the setting', async (t) => {
  const jest = Symbol('JEST_STATE_SYMBOL');
  const hangs = () => new Promise(() => {});
  const startedAt = Date.now();
  // The runners' own timers keep the event loop alive.
  const runner = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(runner);
    delete globalThis[jest];
    delete globalThis.__vitest_worker__;
  });
  globalThis[jest] = { currentlyRunningTest: { startedAt }, testTimeout: 300 };
  await assert.rejects(expectNoLeak(hangs), { code: 'ERR_HEAPDUMP_TIMEOUT', message: /jest\.setTimeout\(60000\)/ });
  delete globalThis[jest];
  const task = { type: 'test', timeout: 300, result: { startTime: Date.now(), state: 'run' } };
  globalThis.__vitest_worker__ = { current: task };
  await assert.rejects(expectNoLeak(hangs), { code: 'ERR_HEAPDUMP_TIMEOUT', message: /vi\.setConfig\(\{ testTimeout: 60000 \}\)/ });
  task.timeout = 0;
  const stopped = assert.rejects(
    expectNoLeak(async () => {
      task.result.state = 'fail';
      await hangs();
    }),
    { code: 'ABORT_ERR' },
  );
  await stopped;
});

test('two calls at once run one after the other, and each sees its own leak only', async () => {
  const healthyCalls = [];
  const [leak, none] = await Promise.allSettled([
    expectNoLeak(sessionLeak(), { confirmMs: 0 }),
    expectNoLeak(() => {
      healthyCalls.length = 0;
    }),
  ]);
  assert.equal(leak.reason.code, 'ERR_HEAPDUMP_LEAK');
  assert.equal(none.status, 'fulfilled');
});

test('calls recorded by a mock are no leak', async (t) => {
  const mock = t.mock.fn();
  await expectNoLeak(() => {
    mock(new Session());
  });
});

test('mock timers do not stop it', { skip: !('timers' in require('node:test').mock) && 'no mock timers' }, async (t) => {
  t.mock.timers.enable();
  await expectNoLeak(() => {});
});

test('it works in a worker', async () => {
  const worker = new Worker(
    `
    const { parentPort, workerData } = require('node:worker_threads');
    const { expectNoLeak } = require(workerData);
    class OfWorker {}
    const kept = [];
    expectNoLeak(() => {}).then(() => expectNoLeak(() => { kept.push(new OfWorker()); }))
      .catch(({ code, leaks }) => parentPort.postMessage([code, leaks?.[0].constructor]));
  `,
    { eval: true, workerData: require.resolve('../index.js') },
  );
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  assert.deepEqual(answer, ['ERR_HEAPDUMP_LEAK', 'OfWorker']);
  await worker.terminate();
});

test('wrong arguments throw at once', () => {
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  for (const [fn, options, error] of [
    [undefined, undefined, type],
    [{}, undefined, type],
    [() => {}, 3, type],
    [() => {}, { iterations: '20' }, type],
    [() => {}, { iterations: 0 }, range],
    [() => {}, { iterations: 1.5 }, range],
    [() => {}, { iterations: Infinity }, range],
    [() => {}, { warmup: -1 }, range],
    [() => {}, { tolerance: NaN }, range],
    [() => {}, { confirmMs: -1 }, range],
    [() => {}, { stillFilling: 'no' }, type],
    [() => {}, { ignore: 3 }, type],
    [() => {}, { ignore: ['a', null] }, type],
    [() => {}, { signal: 1 }, type],
    [() => {}, { iteration: 3 }, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }],
  ])
    assert.throws(() => expectNoLeak(fn, options), error);
});
