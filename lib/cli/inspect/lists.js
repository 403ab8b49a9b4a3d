'use strict';
// Queries of a snapshot as lists for the tree. A row has `label`, pieces of text; `values`, a text for each column; and `node`, the
// id of its object.

const { COLUMNS, LISTS } = require('../../analysis/columns.js');
const { bytes, integer, percent } = require('../../text.js');
const { WRITERS } = require('../kit/columns.js');
const { content, edge, object, safe } = require('./names.js');

/** Page size if one query costs the same for one row and for many. */
const LARGE_PAGE = 1000;

/** Page size if each object needs a query of its own. */
const SMALL_PAGE = 50;

/** Maximum number of groups of new objects to read. */
const MAX_GROUPS = 2000;

const listOf = ({ totals, rows }) => ({ count: totals.count, items: rows });
const rowsOf = ({ totals, rows }) => ({ count: totals.rowCount, items: rows });

/** A list whose items are all in memory. */
const whole = (items) => async (offset, limit) => ({ count: items.length, items: items.slice(offset, offset + limit) });

/** The label of a reference and of the object that contains it. */
const heldBy = (row, look) => [edge(row), { text: ` ${look.words.in} `, tone: 'dim' }, ...object(row, look)];

/** Returns the name of the column with the shares of a size: `retainedShare` for `retainedSize`. */
const shareOf = (key) => key.replace(/Size$/, 'Share');

/** Returns the texts of a row by column; empty for a missing value. */
function valuesOf({ besideFirst = [], columns, hasShares }, row, totalSize) {
  const values = {};
  for (const key of [...besideFirst, ...columns]) {
    const { unit } = COLUMNS[key];
    values[key] = row[key] === undefined ? '' : WRITERS[unit](row[key]);
    if (hasShares && unit === 'bytes') values[shareOf(key)] = percent(row[key], totalSize);
  }
  return values;
}

/** Returns the lists of a snapshot. */
function lists(snapshot) {
  const { totalSize } = snapshot;
  const sizes = (row) => valuesOf(LISTS.nodes, row, totalSize);
  const showNode = (row, look) => ({ label: object(row, look), values: sizes(row), node: row.id });

  /** The objects of one constructor. They open to the objects that they refer to. */
  const instances = (classKey, options = {}) => ({
    page: LARGE_PAGE,
    read: async (offset, limit) => listOf(await snapshot.instances(classKey, { ...options, offset, limit })),
    show: showNode,
    into: ({ id }) => children(id),
  });

  const summary = (options = {}) => ({
    page: LARGE_PAGE,
    read: async (offset, limit) => rowsOf(await snapshot.summary({ ...options, offset, limit })),
    show: (row) => ({
      label: [
        { text: safe(row.constructor), tone: 'strong' },
        { text: ` \u00d7${integer(row.count)}`, tone: 'dim' },
      ],
      values: valuesOf(LISTS.summary, row, totalSize),
    }),
    into: ({ classKey }) => instances(classKey),
  });

  const children = (id, options = {}) => ({
    read: async (offset, limit) => listOf(await snapshot.children(id, { ...options, offset, limit })),
    show: (row, look) => ({
      label: [edge(row), { text: ' :: ', tone: 'dim' }, ...object(row, look)],
      values: sizes(row),
      node: row.id,
    }),
    into: (row) => children(row.id, options),
  });

  const retainers = (id, options = {}) => ({
    read: async (offset, limit) => listOf(await snapshot.retainers(id, { ...options, offset, limit })),
    show: (row, look) => ({ label: heldBy(row, look), values: sizes(row), node: row.id }),
    into: (row) => retainers(row.id, options),
  });

  const dominated = (id) => ({
    read: async (offset, limit) => listOf(await snapshot.dominatorTree(id, { offset, limit })),
    show: showNode,
    into: (row) => dominated(row.id),
  });

  /** The object, its immediate dominator, the immediate dominator of that one, and so on. */
  const dominators = (id) => ({
    page: LARGE_PAGE,
    async read(offset, limit) {
      const { rows } = await snapshot.dominators(id);
      return whole(rows)(offset, limit);
    },
    show: showNode,
    into: (row) => dominated(row.id),
  });

  const found = (options) => ({
    page: LARGE_PAGE,
    read: async (offset, limit) => listOf(await snapshot.find({ ...options, offset, limit })),
    show: showNode,
    into: ({ id }) => children(id),
  });

  /** Objects by their ids. */
  const nodes = (ids) => ({
    page: SMALL_PAGE,
    read: async (offset, limit) => ({
      count: ids.length,
      items: await Promise.all(ids.slice(offset, offset + limit).map((id) => snapshot.node(id))),
    }),
    show: showNode,
    into: ({ id }) => children(id),
  });

  const strings = () => ({
    page: LARGE_PAGE,
    read: async (offset, limit) => listOf(await snapshot.duplicateStrings({ offset, limit })),
    show: (row, look) => ({ label: content(row.value, look), values: { ...sizes(row), count: integer(row.count) } }),
    into: ({ ids }) => nodes(ids),
  });

  const statistics = () => ({
    async read(offset, limit) {
      const { slices, total } = await snapshot.statistics();
      return whole([...slices, { name: null, size: total }].map((slice) => ({ ...slice, total })))(offset, limit);
    },
    show: ({ name, size, total }, { words }) => ({
      label: [{ text: name === null ? words.total : (words.slices[name] ?? safe(name)), tone: name === null ? 'strong' : 'plain' }],
      values: {
        size: integer(size),
        share: percent(size, total),
        bar: name === null ? '' : '\u2588'.repeat(Math.round((size / total) * BAR)),
      },
    }),
  });

  /** The findings. `ask` returns all of them, and is called once. */
  function findings(ask) {
    let answer;
    return {
      page: LARGE_PAGE,
      async read(offset, limit) {
        answer ??= ask();
        return whole(await answer)(offset, limit);
      },
      show: (finding, { words }) => ({
        label: [
          { text: words.severities[finding.severity] ?? safe(finding.severity), tone: finding.severity === 'leak' ? 'bad' : 'dim' },
          { text: `  ${safe(words.render(finding.messages.title))}`, tone: 'strong' },
        ],
        values: {
          size: bytes(finding.evidence.bytes),
          perStep: finding.evidence.bytesPerStep > 0 ? `+${bytes(Math.round(finding.evidence.bytesPerStep))}` : '',
          confidence: finding.confidence.toFixed(2),
        },
        finding,
      }),
      into: ({ path }) => (path.length > 0 ? steps(path) : undefined),
    };
  }

  /** The retaining path of a finding, from a root to the leak site. */
  const steps = (path) => ({
    page: LARGE_PAGE,
    read: whole(path),
    show: ({ id, edge: name, what }) => ({
      label: [
        { text: safe(name), tone: 'edge' },
        { text: ' \u2192 ', tone: 'dim' },
        { text: safe(what) },
        { text: ` @${id}`, tone: 'dim' },
      ],
      values: {},
      node: id,
    }),
  });

  /** Added and removed objects. `compare` takes the options of `diff`. */
  function comparison(compare, options) {
    let groups;
    /** The new objects of a constructor, grouped by owner. */
    const newObjects = (constructor) => ({
      page: LARGE_PAGE,
      async read(offset, limit) {
        groups ??= compare({ limit: 0, newObjects: MAX_GROUPS });
        const { rows } = (await groups).newObjects ?? { rows: [] };
        return whole(rows.filter((group) => group.constructor === constructor))(offset, limit);
      },
      show: (group, look) => ({
        label: [{ text: `\u00d7${integer(group.count)} ${look.words.retainedBy} `, tone: 'dim' }, ...object(group.owner, look)],
        values: { addedCount: integer(group.count), addedSize: integer(group.shallowSize) },
        node: group.owner.id,
      }),
      into: ({ example, path }) => exampleOf(example, path),
    });
    return {
      page: LARGE_PAGE,
      read: async (offset, limit) => rowsOf(await compare({ ...options, offset, limit, newObjects: 0 })),
      show: (row) => ({
        label: [{ text: safe(row.constructor), tone: 'strong' }],
        values: valuesOf(LISTS.diff, row, totalSize),
        tones: tonesOf(LISTS.diff, row),
      }),
      into: ({ constructor, addedCount }) => (addedCount > 0 ? newObjects(constructor) : undefined),
    };
  }

  /** One of the new objects, and its retaining path up to its owner. */
  const exampleOf = (node, path) => ({
    page: LARGE_PAGE,
    read: whole([node, ...path]),
    show: (row, look) => ({
      label: row.edge === undefined ? [{ text: `${look.words.example} `, tone: 'dim' }, ...object(row, look)] : heldBy(row, look),
      values: {},
      node: row.id,
    }),
  });

  return {
    children,
    comparison,
    dominated,
    dominators,
    findings,
    found,
    instances,
    nodes,
    retainers,
    statistics,
    strings,
    summary,
  };
}

/** Maximum length of a bar, in characters. */
const BAR = 30;

const tone = (delta) => (delta > 0 ? 'bad' : delta < 0 ? 'good' : 'plain');

/** Returns the colours of numbers with a sign. */
function tonesOf({ columns }, row) {
  const signs = columns.filter((key) => COLUMNS[key].unit.endsWith('Delta'));
  return Object.fromEntries(signs.map((key) => [key, tone(row[key])]));
}

module.exports = { lists, shareOf };
