'use strict';
// The queries of the page, by the names of the API: `api/children?q=[1,{"limit":100}]`. Arguments are a JSON array, so that numbers
// stay numbers and any text is transferred losslessly. The answer is that of the API, serialised by `wire.js`.

const { argumentError } = require('../errors.js');
const { OF_SEVERAL, QUESTIONS } = require('../analysis/questions.js');
const { checkArgument, checks, wrongArgument, wrongType } = require('../validate.js');
const { write } = require('./wire.js');

/** Options that are numbers of rows: their default and their maximum. */
const COUNTS = {
  limit: { byDefault: 100, max: 1000 },
  newObjects: { byDefault: 20, max: 1000 },
  owners: { byDefault: 20, max: 1000 },
  nodes: { byDefault: 5000, max: 5000 },
};

/** Delay before a `?soon` request gets 202. */
const SOON_TIMEOUT_MS = 120;

/** Maximum number of rows whose texts may have any length. */
const MAX_WHOLE_ROWS = 10;

/** The queries: whether options follow an argument, and which options are numbers of rows. */
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

/** Fills in the default numbers of rows, and refuses more than a page. The API checks everything else. */
function bounded(given, counts, isWhole) {
  if (typeof (given ?? {}) !== 'object') throw wrongType('The "options" argument', 'an object', given);
  const options = { ...given };
  for (const name of counts) {
    const { byDefault, max } = COUNTS[name];
    const bound = isWhole ? MAX_WHOLE_ROWS : max;
    options[name] ??= Math.min(byDefault, bound);
    if (options[name] > bound)
      throw argumentError('ERR_OUT_OF_RANGE', `The "${name}" option must be <= ${bound} here. Received ${options[name]}`);
  }
  return options;
}

/**
 * Answers a query.
 *
 * @param {import('./pager.js').Pager} pager
 * @param {string} name
 * @param {URLSearchParams} query `q`: the arguments. `values`: include contents of strings. `whole`: do not cut texts, for a few
 *   rows at a time. `soon`: reply within {@link SOON_TIMEOUT_MS}
 * @param {{mayShowValues: boolean, signal: AbortSignal}} how
 * @returns {Promise<string>} JSON
 */
async function answer(pager, name, query, { mayShowValues, signal }) {
  const { hasArgument, counts } = ROUTES[name];
  const list = parse(query.get('q'));
  const max = hasArgument ? 2 : 1;
  if (list.length > max) throw wrongArgument('q', `must have at most ${max} elements`, list);
  const [values, whole] = [query.has('values'), query.has('whole')];
  const options = bounded(list[max - 1], counts, whole);
  if (!mayShowValues && (values || options?.showValues)) {
    throw argumentError('ERR_HEAPDUMP_VALUES', 'Contents of strings are not sent, because the command has the option --no-values');
  }
  const argument = hasArgument ? (list[0] ?? undefined) : undefined;
  const waiting = { signal, timeoutMs: query.has('soon') ? SOON_TIMEOUT_MS : undefined };
  return write(await pager.answer(name, { argument, options, waiting }), { values, whole });
}

module.exports = { ROUTES, answer };
