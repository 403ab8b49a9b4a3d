'use strict';
// What the page may ask, by the names of the API: `api/children?q=[1,{"limit":100}]`. Arguments are a list of JSON, so that
// numbers stay numbers and any text arrives; the answer is that of the API, as `wire.js` writes it.

const { argumentError } = require('../errors.js');
const { OF_SEVERAL, QUESTIONS } = require('../analysis/questions.js');
const { checkArgument, checks, wrongArgument, wrongType } = require('../validate.js');
const { write } = require('./wire.js');

/** Options that are numbers of rows: when nothing is said, and at most. */
const COUNTS = {
  limit: { usual: 100, most: 1000 },
  newObjects: { usual: 20, most: 1000 },
  owners: { usual: 20, most: 1000 },
  nodes: { usual: 5000, most: 5000 },
};

/** Milliseconds after which whoever wants to know soon is told that the answer is being worked on. */
const PATIENCE = 120;

/** Rows whose texts may be of any length. */
const MOST_WHOLE = 10;

/** Questions: whether options follow an argument, and which of these are numbers of rows. */
const ROUTES = Object.fromEntries(
  Object.entries({ ...QUESTIONS, ...OF_SEVERAL }).map(([name, { argument, options = {} }]) => [
    name,
    { hasArgument: argument !== undefined, counts: Object.keys(COUNTS).filter((one) => one in options) },
  ]),
);

function parse(text) {
  try {
    return checkArgument('q', checks.array, JSON.parse(text ?? '[]'));
  } catch (error) {
    throw error.code ? error : wrongArgument('q', 'must be JSON', text.slice(0, 100));
  }
}

/** Fills in how many rows there are to be, and refuses more than a page. What else is wrong is for the API to say. */
function bounded(given, counts, isWhole) {
  if (typeof (given ?? {}) !== 'object') throw wrongType('The "options" argument', 'an object', given);
  const options = { ...given };
  for (const name of counts) {
    const { usual, most } = COUNTS[name];
    const bound = isWhole ? MOST_WHOLE : most;
    options[name] ??= Math.min(usual, bound);
    if (options[name] > bound)
      throw argumentError('ERR_OUT_OF_RANGE', `The "${name}" option must be <= ${bound} here. Received ${options[name]}`);
  }
  return options;
}

/**
 * Answers a question.
 *
 * @param {import('./pager.js').Pager} pager
 * @param {string} name
 * @param {URLSearchParams} query `q`: the arguments. `values`: with contents of strings. `whole`: with texts of any length,
 *   a few rows at a time. `soon`: not to be kept waiting
 * @param {{mayShowValues: boolean, signal: AbortSignal}} how
 * @returns {Promise<string>} JSON
 */
async function answer(pager, name, query, { mayShowValues, signal }) {
  const { hasArgument, counts } = ROUTES[name];
  const list = parse(query.get('q'));
  const most = hasArgument ? 2 : 1;
  if (list.length > most) throw wrongArgument('q', `must have ${most} elements at most`, list);
  const [values, whole] = [query.has('values'), query.has('whole')];
  const options = bounded(list[most - 1], counts, whole);
  if (!mayShowValues && (values || options?.showValues)) {
    throw argumentError('ERR_HEAPDUMP_VALUES', 'Contents of strings are not told: the command was given --no-values');
  }
  const argument = hasArgument ? (list[0] ?? undefined) : undefined;
  const waiting = { signal, patience: query.has('soon') ? PATIENCE : undefined };
  return write(await pager.answer(name, { argument, options, waiting }), { values, whole });
}

module.exports = { ROUTES, answer };
