'use strict';
// `expectNoLeak()`: asserts in a test that a function leaves nothing alive.

const { checkArgument, checkOptions, checks, outOfRange, wrongType } = require('../validate.js');
const { isIgnored } = require('./ignore.js');
const { fillingLine, leakError } = require('./message.js');
const { observe } = require('./rounds.js');
const { Stop } = require('./stop.js');
const { SubjectOfExpectNoLeak } = require('./subject.js');

const DEFAULTS = { iterations: 20, warmup: 10, tolerance: 0.5, confirmMs: 1000, stillFilling: 'warn' };

/** The values of `stillFilling`: what to do about a collection that grows, but is filling up to a limit. */
const STILL_FILLING = ['warn', 'fail', 'ignore'];

/** Maximum number of calls. */
const MAX_CALLS = 1e6;

function calls(min) {
  return (subject, value) => {
    checks.number(subject, value);
    if (Number.isInteger(value) && value >= min && value <= MAX_CALLS) return value;
    throw outOfRange(subject, `an integer >= ${min} and <= ${MAX_CALLS}`, value);
  };
}

/** Returns the rules of `ignore` as a list. */
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

/** Settled when the running call is done. Calls run one at a time, because each would also see the leaks of another. */
let last = Promise.resolve();

/** Throws on wrong arguments; rejects on everything else. */
function expectNoLeak(fn, options) {
  checkArgument('fn', checks.function, fn);
  const { ignore = [], ...rules } = { ...DEFAULTS, ...checkOptions(options, OPTIONS) };
  // Nothing here refers to the function itself, or a path would lead through it.
  const subject = new SubjectOfExpectNoLeak(fn);
  const call = last.then(() => assertNoLeak(subject, rules, ignore)).finally(() => subject.release());
  last = call.catch(() => {});
  return call;
}

async function assertNoLeak(subject, rules, ignore) {
  const stop = new Stop(rules.signal);
  let seen;
  try {
    // The function may never return, and the next call must not wait for it.
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
