'use strict';
// Builds the data of a report: the answers that the page needs, cut to a few megabytes, with a record of what was cut.

const { allocationSources } = require('../analysis/allocation-sources.js');
const { allocationTreeSync, profilesOf } = require('../analysis/allocation-tree.js');
const { diffSync } = require('../analysis/diff.js');
const { leakReportSync } = require('../analysis/findings.js');
const { MIN_SNAPSHOTS, trendSync } = require('../analysis/trend.js');
const { describe } = require('./describe.js');
const { withoutText, withoutValue } = require('./values.js');

/** Maximum number of rows of each list. Together at most about three megabytes, unless names are long. */
const MAX = {
  constructors: 4000,
  /** Constructors whose objects are listed, the largest ones, and the number of objects listed. */
  opened: 150,
  instances: 25,
  /** Objects of the dominator tree, and children of one of them. */
  dominators: 5000,
  dominated: 250,
  strings: 250,
  comparison: 800,
  trend: 400,
  groups: 30,
  /** Calls of the tree of allocations, and of its comparison with one snapshot. */
  calls: 3000,
  comparedCalls: 1000,
  findings: 50,
  /** Objects with their retaining paths. */
  paths: 400,
};

/** Limits of the retaining paths of one object. */
const PATH = { depth: 30, nodes: 40, siblings: 3 };

/** Maximum number of snapshots to compare the last one with: the first ones, and the one before it. */
const MAX_BASES = 5;

/** Maximum length of a name in UTF-16 units. V8 itself cuts strings in a snapshot to this length. */
const MAX_CHARACTERS = 1024;

/** Each level further down counts as if the object were this much smaller. */
const DEPTH_DISCOUNT = 0.9;

/**
 * @param {import('../analysis/snapshot.js').Snapshot[]} snapshots of one process, oldest first
 * @param {string[]} files their paths
 * @param {{showValues?: boolean, language?: string, sourceRoots?: Record<string, string>, profiles?: string[]}} options `profiles`: see `profilesOf()`
 * @returns {object} see `ReportData` in web/src/source/embedded.ts
 * @throws `ERR_HEAPDUMP_DIFFERENT_PROCESS`
 */
function build(snapshots, files, { showValues = false, language, sourceRoots, profiles } = {}) {
  const last = snapshots.at(-1);
  const cut = new Cut(showValues);
  const {
    findings: found,
    growth,
    conclusion,
    messages,
  } = leakReportSync(snapshots, { showValues, sourceRoots }, { hideContents: true });
  const findings = found.slice(0, MAX.findings).map((finding) => cut.names(finding));
  cut.note('findings', findings.length, found.length);
  const classes = last.summarySync();
  const summary = cut.list('constructors', classes, MAX.constructors, (totals) => totals.rowCount);
  const instances = instancesOf(last, classes.rows, summary.rows, cut);
  const diffs = Object.fromEntries(bases(snapshots).map((base) => [base, comparison(snapshots[base], last, cut)]));
  const known = profilesOf(files, profiles);
  const recorded = snapshots.map((snapshot, at) => ({ snapshot, profile: known[at] }));
  const infos = recorded.map(({ snapshot, profile }, at) => describe(snapshot, files[at], profile));
  const trend = snapshots.length >= MIN_SNAPSHOTS ? development(snapshots, cut) : null;
  const wanted = [
    ...findings.flatMap(({ path }) => path.slice(-1)),
    ...Object.values(diffs).flatMap(({ newObjects }) => newObjects.rows.map(({ example }) => example)),
    ...(trend?.owners.rows ?? []).flatMap(({ example }) => example ?? []),
    ...Object.values(instances).flatMap(({ rows }) => rows.slice(0, 5)),
    ...Object.values(instances).flatMap(({ rows }) => rows.slice(5)),
  ];
  return {
    mode: 'report',
    version: require('../../package.json').version,
    language,
    showsValues: showValues,
    snapshots: infos,
    statistics: summary.statistics,
    summary,
    instances,
    dominatorTree: dominatorTree(last, cut),
    paths: pathsOf(last, new Set(wanted.map(({ id }) => id)), cut),
    duplicateStrings: cut.list(
      'strings',
      last.duplicateStringsSync({ limit: MAX.strings }),
      MAX.strings,
      ({ count }) => count,
      (row) => cut.text(row),
    ),
    findings,
    growth,
    conclusion: cut.names(conclusion),
    messages: cut.names(messages),
    diffs,
    trend,
    allocations: allocations(recorded, infos, cut),
    leftOut: cut.leftOut,
  };
}

/** Shortens and redacts rows, and records what was left out. */
class Cut {
  leftOut = [];
  #showValues;

  constructor(showValues) {
    this.#showValues = showValues;
  }

  /** Records that only `shown` of `total` items are in the report. */
  note(what, shown, total) {
    if (shown < total) this.leftOut.push({ what, shown, total });
  }

  /** Returns the beginning of a list. */
  list(what, list, max, countOf, keep = (row) => this.names(row)) {
    const rows = list.rows.slice(0, max).map(keep);
    this.note(what, rows.length, countOf(list.totals));
    return { ...list, rows };
  }

  /** Returns an object, a reference or a step of a path. */
  object(row) {
    return this.names(this.#showValues ? row : withoutValue(row));
  }

  /** Returns a string that is stored several times, with some of its objects. */
  text(row) {
    const short = { ...row, ids: row.ids.slice(0, 10) };
    return this.names(this.#showValues ? short : withoutText(short));
  }

  /** Returns a copy of plain data with long names shortened. */
  names(value) {
    if (typeof value === 'string') return shorten(value);
    if (Array.isArray(value)) return value.map((one) => this.names(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.names(one)]));
  }
}

function shorten(text) {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}\u2026` : text;
}

/** Returns the indices of the snapshots that the last one is compared with. */
function bases(snapshots) {
  const earlier = snapshots.slice(0, -1).map((_, at) => at);
  return earlier.length <= MAX_BASES ? earlier : [...earlier.slice(0, MAX_BASES - 1), earlier.at(-1)];
}

/** Returns objects of the largest constructors, by the keys of these in the report. */
function instancesOf(snapshot, classes, rows, cut) {
  rows.forEach((row, at) => {
    // A shortened key may not be unique.
    if (row.classKey !== classes[at].classKey) row.classKey += `#${at}`;
  });
  const opened = rows.slice(0, MAX.opened).map((row, at) => {
    const { totals, rows: all } = snapshot.instancesSync(classes[at].classKey, { limit: MAX.instances });
    return [row.classKey, { totals, rows: all.map((row) => cut.object(row)) }];
  });
  const shown = opened.reduce((sum, [, list]) => sum + list.rows.length, 0);
  cut.note(
    'instances',
    shown,
    rows.reduce((sum, { count }) => sum + count, 0),
  );
  return Object.fromEntries(opened);
}

function comparison(base, last, cut) {
  const { newObjects, ...diff } = diffSync(base, last, { newObjects: MAX.groups });
  const groups = newObjects.rows.map((row) => ({ ...cut.names(row), ...held(row, cut) }));
  return {
    ...cut.list('comparison', diff, MAX.comparison, ({ rowCount }) => rowCount),
    newObjects: { ...newObjects, rows: groups },
  };
}

function development(snapshots, cut) {
  const { owners, ...trend } = trendSync(snapshots, { owners: MAX.groups });
  const rows = owners.rows.map((row) => ({ ...row, ...held(row, cut) }));
  return { ...cut.list('trend', trend, MAX.trend, ({ rowCount }) => rowCount), owners: { ...owners, rows } };
}

/** Returns the trees of calls that allocated objects: of the last snapshot, and of its comparisons. */
function allocations(recorded, infos, cut) {
  const wanted = bases(recorded);
  const trees = allocationSources(infos).flatMap(({ from, bases: comparable }) =>
    [undefined, ...comparable.filter((base) => wanted.includes(base))].map((base) =>
      cut.names(allocationTreeSync(recorded, { from, base, nodes: base === undefined ? MAX.calls : MAX.comparedCalls })),
    ),
  );
  const sum = (valueOf) => trees.reduce((total, tree) => total + valueOf(tree), 0);
  cut.note(
    'calls',
    sum(({ calls }) => calls.frame.filter((at) => at >= 0).length),
    sum(({ callCount }) => callCount),
  );
  return trees;
}

/** Returns the owner of an object, an example, and the path between them. */
function held({ owner, example, path }, cut) {
  return {
    owner: cut.object(owner),
    example: example && cut.object(example),
    path: path.slice(0, PATH.depth).map((step) => cut.object(step)),
  };
}

/** Returns the largest part of the dominator tree. Objects that retain most are expanded first, preferring those near the root. */
function dominatorTree(snapshot, cut) {
  const tree = {};
  const open = [{ id: snapshot.rootId, weight: Infinity, level: 0 }];
  let shown = 0;
  while (open.length > 0 && shown < MAX.dominators) {
    const { id, level } = takeHeaviest(open);
    const { totals, rows } = snapshot.dominatorTreeSync(id, { limit: Math.min(MAX.dominated, MAX.dominators - shown) });
    tree[id] = { totals, rows: rows.map((row) => cut.object(row)) };
    shown += rows.length;
    for (const row of rows) {
      if (row.retainedSize > row.shallowSize)
        open.push({ id: row.id, weight: row.retainedSize * DEPTH_DISCOUNT ** level, level: level + 1 });
    }
  }
  cut.note('dominators', shown, snapshot.nodeCount);
  return tree;
}

function takeHeaviest(open) {
  let best = 0;
  for (let at = 1; at < open.length; at++) if (open[at].weight > open[best].weight) best = at;
  const [taken] = open.splice(best, 1);
  return taken;
}

function pathsOf(snapshot, ids, cut) {
  const keep = ({ children, ...step }) => ({ ...cut.object(step), children: children.map(keep) });
  const entries = [...ids].slice(0, MAX.paths).map((id) => {
    const { paths, limits } = snapshot.pathsToRootSync(id, PATH);
    return [id, { paths: paths.map(keep), limits }];
  });
  cut.note('paths', entries.length, snapshot.nodeCount);
  return Object.fromEntries(entries);
}

module.exports = { build };
