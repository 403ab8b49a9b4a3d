'use strict';
// The views: their lists, columns and sort keys.

const { COLUMNS, LISTS } = require('../../analysis/columns.js');
const { SORTS } = require('../../analysis/questions.js');
const { lists, shareOf } = require('./lists.js');

/** Columns beside the first. Narrow terminals hide the optional ones. A single snapshot has no columns of two. */
const right = (name) => ({ name, align: 'right' });
const share = (name) => ({ name, align: 'right', minWidth: '100 %'.length, isOptional: true });

/** Returns the columns of a list beside the first. */
function columnsOf({ columns, hasShares, optional = [] }) {
  return columns.flatMap((key) => [
    optional.includes(key) ? { ...right(key), isOptional: true } : right(key),
    ...(hasShares && COLUMNS[key].unit === 'bytes' ? [share(shareOf(key))] : []),
  ]);
}

const OBJECT_COLUMNS = columnsOf(LISTS.nodes);

/**
 * Name of a view -> its definition, in the order of their keys. `list` gets the heap, the object of the view (`focus`), the search
 * and the sort key. It returns `undefined` if one of these is missing; `hint` then names the text to show.
 */
const VIEWS = {
  findings: {
    first: 'finding',
    columns: [right('size'), { ...right('perStep'), isOfTwo: true }, right('confidence')],
    list: ({ of, findings }) => of.findings(findings),
  },
  summary: {
    first: LISTS.summary.first,
    columns: columnsOf(LISTS.summary),
    sorts: SORTS.summary,
    isReversible: true,
    list: ({ of }, { sort, reverse }) => of.summary({ sort, reverse }),
  },
  comparison: {
    first: LISTS.diff.first,
    columns: columnsOf(LISTS.diff),
    sorts: SORTS.diff,
    isReversible: true,
    hint: 'comparisonHint',
    list: ({ of, compare }, { sort, reverse }) => compare && of.comparison(compare, { sort, reverse }),
  },
  containment: {
    first: 'object',
    columns: OBJECT_COLUMNS,
    sorts: SORTS.children,
    list: ({ of }, { focus, sort }) => of.children(focus?.id, { sort }),
  },
  retainers: {
    first: 'object',
    columns: OBJECT_COLUMNS,
    sorts: SORTS.retainers,
    hint: 'retainersHint',
    list: ({ of }, { focus, sort }) => focus && of.retainers(focus.id, { sort }),
  },
  dominators: {
    first: 'object',
    columns: OBJECT_COLUMNS,
    list: ({ of }, { focus }) => (focus ? of.dominators(focus.id) : of.dominated()),
  },
  statistics: {
    first: 'kind',
    columns: [right('size'), right('share'), { name: 'bar', isOptional: true }],
    list: ({ of }) => of.statistics(),
  },
  strings: {
    first: 'text',
    columns: [right('count'), right('shallowSize'), right('retainedSize'), share('retainedShare')],
    list: ({ of }) => of.strings(),
  },
  search: {
    first: 'object',
    columns: OBJECT_COLUMNS,
    sorts: SORTS.nodes,
    hint: 'searchHint',
    list({ of }, { search, sort }) {
      if (!search) return undefined;
      const { by, text } = search;
      if (by === 'id') return of.nodes([Number(text.replace('@', ''))]);
      if (by === 'name') return of.found({ name: text, sort });
      return of.summary({ match: text, sort: SORTS.summary.includes(sort) ? sort : undefined });
    },
  },
};

/**
 * Returns the queries of the views.
 * @param {object} after the explored snapshot
 * @param {object | undefined} before an older one, to compare it with
 * @param {{diff: Function, findLeaks: Function}} api
 * @param {object} hooks
 * @param {AbortSignal} hooks.signal cancels queries
 * @param {() => boolean} hooks.showValues
 * @param {(view: string) => void} hooks.onOtherProcess called if the snapshots are not of one process, so that the view shows less
 */
function heapOf(after, before, { diff, findLeaks }, { signal, showValues, onOtherProcess }) {
  const of = lists(after);
  // Not `after.suspects()`, which cannot be cancelled.
  const leaksIn = (snapshots) => findLeaks(snapshots, { showValues: showValues(), signal });
  if (!before) return { of, findings: () => leaksIn([after]) };

  /** Queries snapshots of one process. If they are of different processes, runs the query `instead`. */
  const unlessOther = (view, ask, instead) =>
    ask().catch((error) => {
      if (error.code !== 'ERR_HEAPDUMP_DIFFERENT_PROCESS') throw error;
      onOtherProcess(view);
      return instead();
    });
  return {
    of,
    findings: () =>
      unlessOther(
        'findings',
        () => leaksIn([before, after]),
        () => leaksIn([after]),
      ),
    compare: (options) =>
      unlessOther(
        'comparison',
        () => diff(before, after, { ...options, signal }),
        () => diff(before, after, { ...options, signal, by: 'name' }),
      ),
  };
}

module.exports = { VIEWS, heapOf };
