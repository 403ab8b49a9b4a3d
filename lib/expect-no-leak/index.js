'use strict';
// `expectNoLeak()`: an assertion for tests that a function keeps nothing alive.

const { checkArgument, checkOptions, checks, outOfRange, wrongType } = require('../validate.js');
const { isIgnored } = require('./ignore.js');
const { fillingLine, leakError } = require('./message.js');
const { observe } = require('./rounds.js');
const { Stop } = require('./stop.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

const DEFAULTS = { iterations: 20, warmup: 10, tolerance: 0.5, confirmMs: 1000, stillFilling: 'warn' };

/** What to do about a collection that grows but is still filling up to a bound. */
const STILL_FILLING = ['warn', 'fail', 'ignore'];

/** More calls than anybody waits for. */
const MOST_CALLS = 1e6;

function calls(least) {
  return (subject, value) => {
    checks.number(subject, value);
    if (Number.isInteger(value) && value >= least && value <= MOST_CALLS) return value;
    throw outOfRange(subject, `an integer >= ${least} and <= ${MOST_CALLS}`, value);
  };
}

/** What leaks not to report, as a list. */
function ignored(subject, value) {
  const list = Array.isArray(value) ? value : [value];
  for (const one of list) {
    if (typeof one !== 'string' && typeof one !== 'function' && typeof one?.exec !== 'function') {
      throw wrongType(subject, 'a string, a RegExp, a function or an array of these', one);
    }
  }
  return list;
}

function stillFilling(subject, value) {
  if (STILL_FILLING.includes(value)) return value;
  throw wrongType(subject, `one of ${STILL_FILLING.join(', ')}`, value);
}

const OPTIONS = {
  iterations: calls(1),
  warmup: calls(0),
  tolerance: checks.bytes,
  confirmMs: checks.bytes,
  ignore: ignored,
  stillFilling,
  signal: checks.abortSignal,
};

/** One at a time: what another one's function leaks would be seen as well. */
let last = Promise.resolve();

/** Wrong arguments throw; everything else rejects. */
function expectNoLeak(fn, options) {
  checkArgument('fn', checks.function, fn);
  const { ignore = [], ...rules } = { ...DEFAULTS, ...checkOptions(options, OPTIONS) };
  // Nothing here refers to the function itself: a path would lead through it.
  const subject = new SubjectOfExpectNoLeak(fn);
  const turn = last.then(() => assertNoLeak(subject, rules, ignore)).finally(() => subject.release());
  last = turn.catch(() => {});
  return turn;
}

async function assertNoLeak(subject, rules, ignore) {
  const stop = new Stop(rules.signal);
  let seen;
  try {
    // The function may never return, and the next call is not to wait for it.
    seen = await Promise.race([stop.rejection, observe(subject, rules, stop)]);
  } finally {
    stop.release();
  }
  const found = seen.filter((leak) => !isIgnored(leak, ignore));
  const leaks = rules.stillFilling === 'fail' ? found : found.filter(({ isFilling }) => !isFilling);
  if (leaks.length > 0) throw leakError(leaks);
  if (rules.stillFilling === 'warn' && found.length > 0) warnOfFilling(found);
}

/** Warns once for each finding. */
function warnOfFilling(leaks) {
  const byFinding = new Map(leaks.map((leak) => [leak.finding, leak]).reverse());
  for (const leak of byFinding.values()) {
    process.emitWarning(`expectNoLeak: ${fillingLine(leak)}. Give it a smaller bound in the test, or fill it first.`, {
      type: 'StillFillingWarning',
      code: 'HEAPDUMP_STILL_FILLING',
    });
  }
}

module.exports = { expectNoLeak };
