'use strict';
// The queries: arguments, options and costs. questions.js makes checks of this table, snapshot.js methods, lib/view/ routes and
// pages, and web/src/source/remote.ts requests. test/queries.test.js compares the type declarations. Plain data, because the page
// contains it, too.

const WINDOW = { limit: 'rows', offset: 'rows' };

/** Options of a list that can be sorted by the keys of `list` in queries.json. */
const sortedBy = (list) => ({ ...WINDOW, sort: `sort:${list}` });

/** An object; the root by default. */
const anyNode = { name: 'id', check: 'number', isRootByDefault: true };
const node = { name: 'id', check: 'number' };

const SCRIPTS = { limit: 'rows', sourceRoots: 'sourceRoots' };
const FINDINGS = { ...SCRIPTS, showValues: 'boolean' };

/**
 * A query. Checks are named as in lib/validate.js, or `sort:LIST`, `filter`, `identity`, `grouping`, `allocations`.
 * @typedef {object} Query
 * @property {{name: string, check?: string, isRootByDefault?: true}} [argument] first argument; the server checks a row itself
 * @property {Object<string, string>} [options] name -> check
 * @property {string} [native] name in native code, if it differs
 * @property {true} [isLong] can have millions of rows: they are made in pieces, and the server caches the found rows
 * @property {true} [isOfSeveral] native code takes earlier snapshots first
 * @property {true} [readsScripts] native code takes the texts of scripts
 * @property {true} [hasSites] its findings get the sites of allocations
 * @property {string} [needs] data that the engine computes at the first such query, by the names in lib/view/pager.js
 */

/** @type {Object<string, Query>} the queries of one snapshot, which are methods of `Snapshot` */
const QUERIES = {
  statistics: {},
  summary: { options: { ...sortedBy('summary'), reverse: 'boolean', filter: 'filter', match: 'text' }, needs: 'totals' },
  instances: {
    argument: { name: 'constructor', check: 'text' },
    options: { ...sortedBy('nodes'), filter: 'filter' },
    isLong: true,
    needs: 'totals',
  },
  node: { argument: node, needs: 'retainers' },
  children: { argument: anyNode, options: sortedBy('children'), isLong: true },
  retainers: { argument: node, options: sortedBy('retainers'), isLong: true, needs: 'retainers' },
  pathsToRoot: {
    native: 'paths',
    argument: node,
    options: { depth: 'depth', nodes: 'rows', siblings: 'rows' },
    needs: 'retainers',
  },
  dominators: { argument: node, options: WINDOW, isLong: true },
  dominatorTree: { native: 'dominated', argument: anyNode, options: WINDOW, isLong: true },
  find: {
    options: {
      ...sortedBy('nodes'),
      name: 'text',
      caseSensitive: 'boolean',
      type: 'text',
      className: 'text',
      minRetainedSize: 'bytes',
    },
    isLong: true,
  },
  duplicateStrings: { options: WINDOW, isLong: true, needs: 'strings' },
  nativeContexts: { needs: 'contexts' },
  allocations: { options: { ...sortedBy('allocations'), reverse: 'boolean', by: 'grouping' }, isLong: true },
  allocationStack: { argument: node },
  timeline: {},
  closures: { options: SCRIPTS, readsScripts: true },
  suspects: { native: 'findings', options: FINDINGS, isOfSeveral: true, readsScripts: true, hasSites: true },
};

/** @type {Object<string, Query>} the queries of several snapshots. The server runs them on the snapshots that it shows */
const COMPARISONS = {
  diff: {
    argument: { name: 'base', check: 'number' },
    options: { ...sortedBy('diff'), reverse: 'boolean', by: 'identity', newObjects: 'rows' },
  },
  diffObjects: { argument: { name: 'row' }, options: sortedBy('nodes'), isLong: true },
  trend: { options: { ...sortedBy('trend'), reverse: 'boolean', owners: 'rows' } },
  allocationTree: { options: { from: 'allocations', base: 'number', nodes: 'rows' } },
  findLeaks: { options: FINDINGS },
  leakReport: { options: FINDINGS },
};

module.exports = { COMPARISONS, QUERIES };
