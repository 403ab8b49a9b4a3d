'use strict';
// The running test, as far as jest and vitest expose it. node:test has no default timeout, and gives tests a signal.

/** Part of a timeout that is reserved for the report, as a share and as a limit in milliseconds. */
const MARGIN_SHARE = 0.1;
const MAX_MARGIN_MS = 1000;

/** Code that gives a test more time, by runner. */
const REMEDIES = {
  jest: (ms) => `test('name', fn, ${ms}), or jest.setTimeout(${ms}) at the top of the file`,
  vitest: (ms) => `test('name', { timeout: ${ms} }, fn), or vi.setConfig({ testTimeout: ${ms} }) at the top of the file`,
};

/** Returns the test that jest-circus runs in this realm. */
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

/** Returns the test that vitest runs in this realm. */
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
 * Returns the running test; `undefined` if no runner exposes it. These are internals of the runners: without them, timeouts are not
 * mentioned.
 *
 * @returns {{runner: string, timeoutMs?: number, leftMs: number, isOver: () => boolean}|undefined} `leftMs`: how long a call
 *   that starts now may run and still report before the timeout
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

/** Returns the error for a call that would outlive its test. */
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
