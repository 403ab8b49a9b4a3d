'use strict';
// The views: which lists they show, in which columns, and what they can be sorted by.

const { COLUMNS, LISTS } = require('../../analysis/columns.js');
const { SORTS } = require('../../analysis/questions.js');
const { lists, shareOf } = require('./lists.js');

/** Columns beside the first. Narrow terminals do without those that are optional, one snapshot without those of two. */
const right = (name) => ({ name, align: 'right' });
const share = (name) => ({ name, align: 'right', least: '100 %'.length, isOptional: true });

/** The columns of a list beside the first. */
function columnsOf({ columns, hasShares, optional = [] }) {
  return columns.flatMap((key) => [
    optional.includes(key) ? { ...right(key), isOptional: true } : right(key),
    ...(hasShares && COLUMNS[key].unit === 'bytes' ? [share(shareOf(key))] : []),
  ]);
}

const OBJECT_COLUMNS = columnsOf(LISTS.nodes);

/**
 * Name of a view -> what it is; in the order of their keys. `list` gets the heap, and what the view is about: `focus`, an
 * object, `search`, and how to sort. It gives nothing if it needs something that is not there; `hint` says what.
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
 * The snapshots behind the views.
 * @param {object} after the snapshot that is looked at
 * @param {object | undefined} before an older one, to compare it with
 * @param {{diff: Function, findLeaks: Function}} api
 * @param {object} hooks
 * @param {AbortSignal} hooks.signal ends long work
 * @param {() => boolean} hooks.showValues
 * @param {(what: string) => void} hooks.onOtherProcess the snapshots are not of one process, so `what` is less than it could be
 */
function heapOf(after, before, { diff, findLeaks }, { signal, showValues, onOtherProcess }) {
  const of = lists(after);
  // Not `after.suspects()`: nothing could end that.
  const leaksIn = (snapshots) => findLeaks(snapshots, { showValues: showValues(), signal });
  if (!before) return { of, findings: () => leaksIn([after]) };

  /** What works for snapshots of one process, or else what is left. */
  const unlessOther = (what, ask, instead) =>
    ask().catch((error) => {
      if (error.code !== 'ERR_HEAPDUMP_DIFFERENT_PROCESS') throw error;
      onOtherProcess(what);
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
