'use strict';
// The questions that an analysed snapshot answers: their arguments, options and defaults.

const { checks } = require('../validate.js');

/**
 * `SORTS`: the keys by which a list can be sorted; the first is the default. `FILTERS`: the filters of DevTools' Summary.
 * Generated from src/query/sorts.rs.
 */
const { sorts: SORTS, filters: FILTERS } = require('./queries.json');

const WINDOW = { limit: checks.rows, offset: checks.rows };
const sortedBy = (columns) => ({ ...WINDOW, sort: checks.oneOf(...columns) });
const filter = checks.oneOf(...FILTERS);

const SUMMARY_OPTIONS = { ...sortedBy(SORTS.summary), reverse: checks.boolean, filter, match: checks.text };
/** What tells objects of two snapshots apart. */
const IDENTITIES = ['id', 'name'];

const DIFF_OPTIONS = { ...sortedBy(SORTS.diff), reverse: checks.boolean, by: checks.oneOf(...IDENTITIES) };
const TREND_OPTIONS = { ...sortedBy(SORTS.trend), reverse: checks.boolean, owners: checks.rows };

/** An object; the root if it is left out. */
const anyNode = { name: 'id', check: checks.number, isRootByDefault: true };
const node = { name: 'id', check: checks.number };

/**
 * Method of a `Snapshot` -> what it takes: an argument, options, and the native question
 * if that has another name. `isLong`: its rows can be millions. `isOfSeveral`: earlier snapshots could be given first.
 */
const QUESTIONS = {
  statistics: {},
  summary: { options: SUMMARY_OPTIONS },
  instances: { argument: { name: 'constructor', check: checks.text }, options: { ...sortedBy(SORTS.nodes), filter }, isLong: true },
  node: { argument: node },
  children: { argument: anyNode, options: sortedBy(SORTS.children), isLong: true },
  retainers: { argument: node, options: sortedBy(SORTS.retainers), isLong: true },
  pathsToRoot: { native: 'paths', argument: node, options: { depth: checks.depth, nodes: checks.rows, siblings: checks.rows } },
  dominators: { argument: node, options: WINDOW, isLong: true },
  dominatorTree: { native: 'dominated', argument: anyNode, options: WINDOW, isLong: true },
  find: {
    options: {
      ...sortedBy(SORTS.nodes),
      name: checks.text,
      caseSensitive: checks.boolean,
      type: checks.text,
      className: checks.text,
      minRetainedSize: checks.bytes,
    },
    isLong: true,
  },
  duplicateStrings: { options: WINDOW, isLong: true },
  nativeContexts: {},
  closures: { options: { limit: checks.rows, sourceRoots: checks.sourceRoots }, readsScripts: true },
  suspects: {
    native: 'findings',
    options: { limit: checks.rows, showValues: checks.boolean, sourceRoots: checks.sourceRoots },
    isOfSeveral: true,
    readsScripts: true,
  },
};

module.exports = { DIFF_OPTIONS, FILTERS, IDENTITIES, QUESTIONS, SORTS, SUMMARY_OPTIONS, TREND_OPTIONS };
