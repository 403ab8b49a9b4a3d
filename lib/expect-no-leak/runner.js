'use strict';
// The test that runs, as far as jest and vitest tell. node:test has no timeout unless one is set, and hands its signal over.

/** Shares and limits of a timeout that are left for the report, in milliseconds. */
const MARGIN_SHARE = 0.1;
const MAX_MARGIN_MS = 1000;

/** What gives a test more time, as code, by runner. */
const REMEDIES = {
  jest: (ms) => `test('name', fn, ${ms}), or jest.setTimeout(${ms}) at the top of the file`,
  vitest: (ms) => `test('name', { timeout: ${ms} }, fn), or vi.setConfig({ testTimeout: ${ms} }) at the top of the file`,
};

/** The test that jest-circus runs in this realm. */
function testOfJest() {
  const symbol = Object.getOwnPropertySymbols(globalThis).find(({ description }) => description === 'JEST_STATE_SYMBOL');
  const state = globalThis[symbol];
  const test = state?.currentlyRunningTest;
  if (!test || test.concurrent) return undefined;
  return {
    runner: 'jest',
    timeoutMs: test.timeout || state.testTimeout,
    startedAt: test.startedAt,
    isOver: () => state.currentlyRunningTest !== test,
  };
}

/** The test that vitest runs in this realm. */
function testOfVitest() {
  const task = globalThis.__vitest_worker__?.current;
  if (task?.type !== 'test' || task.concurrent) return undefined;
  return {
    runner: 'vitest',
    timeoutMs: task.timeout,
    startedAt: task.result?.startTime,
    isOver: () => task.context?.signal?.aborted === true || (task.result !== undefined && task.result.state !== 'run'),
  };
}

/**
 * Returns the test that runs; `undefined` if no runner tells. These are internals of the runners: without them there is
 * only no word about timeouts.
 *
 * @returns {{runner: string, timeoutMs?: number, leftMs: number, isOver: () => boolean}|undefined} `leftMs`: how long a call
 *   may go on that begins now and has to report before the timeout
 */
function currentTest() {
  try {
    const test = testOfJest() ?? testOfVitest();
    return test && { ...test, leftMs: leftMs(test) };
  } catch {
    return undefined;
  }
}

function leftMs({ timeoutMs, startedAt }) {
  if (!(timeoutMs > 0)) return Infinity;
  const passedMs = Date.now() - startedAt;
  // A test may have faked the clock.
  const known = passedMs > 0 && passedMs < timeoutMs ? passedMs : 0;
  return timeoutMs - known - Math.min(timeoutMs * MARGIN_SHARE, MAX_MARGIN_MS);
}

/** The error for a call that would outlive its test. */
function timeoutError({ runner, timeoutMs }) {
  const remedy = REMEDIES[runner](Math.max(60_000, 4 * timeoutMs));
  const error = new Error(
    `expectNoLeak was not done when ${runner} was about to end this test, after ${timeoutMs} ms. ` +
      `Give the test more time: ${remedy}`,
  );
  error.code = 'ERR_HEAPDUMP_TIMEOUT';
  return error;
}

module.exports = { currentTest, timeoutError };
