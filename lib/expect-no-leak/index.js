'use strict';
// `expectNoLeak()`: an assertion for tests that a function keeps nothing alive.

const { checkArgument, checkOptions, checks, outOfRange, wrongType } = require('../validate.js');
const { isIgnored } = require('./ignore.js');
const { leakError } = require('./message.js');
const { observe } = require('./rounds.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

const DEFAULTS = { iterations: 20, warmup: 10, tolerance: 0.5, confirmMs: 1000 };

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

const OPTIONS = {
  iterations: calls(1), warmup: calls(0), tolerance: checks.bytes, confirmMs: checks.bytes, ignore: ignored, signal: checks.abortSignal,
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
  const leaks = (await observe(subject, rules)).filter((leak) => !isIgnored(leak, ignore));
  if (leaks.length > 0) throw leakError(leaks);
}

module.exports = { expectNoLeak };
