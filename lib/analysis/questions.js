'use strict';
// The queries with checks of their arguments and options, from the table of queries.

const { SOURCES } = require('./allocation-sources.js');
const { COMPARISONS, QUERIES } = require('./query-table.js');
const { checks } = require('../validate.js');

/**
 * `SORTS`: the sort keys of each list; the first is the default. `FILTERS`: the filters of DevTools' Summary. `GROUPINGS`: of
 * allocated objects.
 * Generated from src/query/sorts.rs.
 */
const { sorts: SORTS, filters: FILTERS, groupings: GROUPINGS } = require('./queries.json');

/** How objects of two snapshots are identified. */
const IDENTITIES = ['id', 'name'];

const CHECKS = {
  ...checks,
  ...Object.fromEntries(Object.entries(SORTS).map(([list, keys]) => [`sort:${list}`, checks.oneOf(...keys)])),
  filter: checks.oneOf(...FILTERS),
  identity: checks.oneOf(...IDENTITIES),
  grouping: checks.oneOf(...GROUPINGS),
  allocations: checks.oneOf(...SOURCES),
};

/** Returns a query with functions instead of names of checks. */
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

/** Method of a `Snapshot` -> its query. */
const QUESTIONS = resolve(QUERIES);

/** The queries of several snapshots, as the server takes them. */
const OF_SEVERAL = resolve(COMPARISONS);

const SUMMARY_OPTIONS = QUESTIONS.summary.options;
const DIFF_OPTIONS = OF_SEVERAL.diff.options;
const TREND_OPTIONS = OF_SEVERAL.trend.options;

module.exports = { DIFF_OPTIONS, FILTERS, GROUPINGS, IDENTITIES, OF_SEVERAL, QUESTIONS, SORTS, SUMMARY_OPTIONS, TREND_OPTIONS };
