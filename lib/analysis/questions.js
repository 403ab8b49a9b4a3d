'use strict';
// Checks of what queries take, from their table.

const { COMPARISONS, QUERIES } = require('./query-table.js');
const { checks } = require('../validate.js');

/**
 * `SORTS`: the keys by which a list can be sorted; the first is the default. `FILTERS`: the filters of DevTools' Summary.
 * Generated from src/query/sorts.rs.
 */
const { sorts: SORTS, filters: FILTERS } = require('./queries.json');

/** What tells objects of two snapshots apart. */
const IDENTITIES = ['id', 'name'];

const CHECKS = {
  ...checks,
  ...Object.fromEntries(Object.entries(SORTS).map(([list, keys]) => [`sort:${list}`, checks.oneOf(...keys)])),
  filter: checks.oneOf(...FILTERS),
  identity: checks.oneOf(...IDENTITIES),
};

/** A query with functions in the place of the names of checks. */
function withChecks({ argument, options, ...query }) {
  return {
    ...query,
    ...(argument && { argument: { ...argument, check: CHECKS[argument.check] } }),
    ...(options && {
      options: Object.fromEntries(Object.entries(options).map(([name, check]) => [name, CHECKS[check]])),
    }),
  };
}

const resolve = (table) => Object.fromEntries(Object.entries(table).map(([name, query]) => [name, withChecks(query)]));

/** Method of a `Snapshot` -> what it takes. */
const QUESTIONS = resolve(QUERIES);

/** Query of several snapshots -> what the server takes for it. */
const OF_SEVERAL = resolve(COMPARISONS);

const SUMMARY_OPTIONS = QUESTIONS.summary.options;
const DIFF_OPTIONS = OF_SEVERAL.diff.options;
const TREND_OPTIONS = OF_SEVERAL.trend.options;

module.exports = { DIFF_OPTIONS, FILTERS, IDENTITIES, OF_SEVERAL, QUESTIONS, SORTS, SUMMARY_OPTIONS, TREND_OPTIONS };
