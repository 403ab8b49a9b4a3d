'use strict';
// This package's answers in the form of the oracle's.

const { NativeSnapshot } = require('../../lib/binding.js');

const NODE = [
  'id',
  'name',
  'type',
  'constructor',
  'shallowSize',
  'retainedSize',
  'distance',
  'rawDistance',
  'detachedness',
  'edgeCount',
  'retainerCount',
  'canBeQueried',
  'detachedDomNode',
];
const REFERENCE = ['id', 'name', 'type', 'distance', 'rawDistance', 'shallowSize', 'retainedSize'];
const CLASS = ['constructor', 'classKey', 'count', 'distance', 'rawDistance', 'shallowSize', 'retainedSize'];
const ALLOCATED = ['count', 'shallowSize', 'allocatedCount', 'allocatedSize'];
const CHANGES = ['addedCount', 'removedCount', 'countDelta', 'addedSize', 'removedSize', 'sizeDelta'];

/** A function of a stack. DevTools has no `null`. */
const frame = (row) => ({
  function: row.function,
  file: row.file ?? '',
  scriptId: row.scriptId,
  line: row.line ?? 0,
  column: row.column ?? 0,
});

const pick = (row, names) => Object.fromEntries(names.map((name) => [name, row[name]]));

/** Number of nodes fetched at a time. */
const PIECE = 1 << 14;

/** A snapshot opened with this package. */
class Ours {
  #snapshot;

  constructor(snapshot) {
    this.#snapshot = snapshot;
  }

  static open(file) {
    return new Ours(NativeSnapshot.openSync(file));
  }

  close() {
    this.#snapshot.close();
  }

  get nodeCount() {
    return this.#snapshot.nodeCount;
  }

  get edgeCount() {
    return this.#snapshot.edgeCount;
  }

  /** Every node in file order. */
  *nodes() {
    for (let i = 0; i < this.nodeCount; i += PIECE) {
      const lines = this.#snapshot.nodeLinesSync(i, PIECE).toString('utf8').split('\n');
      if (lines.pop() !== '') throw new Error('the last line is not complete');
      for (const line of lines) yield JSON.parse(line);
    }
  }

  node(id) {
    return pick(this.#snapshot.nodeSync(id), NODE);
  }

  summary(filter) {
    const { totals, rows } = this.#snapshot.summarySync({ filter });
    return { totals: pick(totals, ['nodeCount', 'edgeCount', 'totalSize']), rows: rows.map((row) => pick(row, CLASS)) };
  }

  statistics() {
    return pick(this.#snapshot.statisticsSync(), ['total', 'native', 'v8heap']);
  }

  diff(before) {
    const { totals, rows } = this.#snapshot.diffSync(before.#snapshot);
    return { totals: pick(totals, CHANGES), rows: rows.map((row) => pick(row, ['constructor', 'classKey', ...CHANGES])) };
  }

  containment(id, limit) {
    return this.#edges(this.#snapshot.childrenSync(id, { limit }));
  }

  retainers(id, limit) {
    return this.#edges(this.#snapshot.retainersSync(id, { limit }));
  }

  instances(classKey, limit) {
    const { totals, rows } = this.#snapshot.instancesSync(classKey, { limit });
    return { total: totals.count, rows: rows.map((row) => pick(row, REFERENCE)) };
  }

  dominators(id) {
    return this.#snapshot.dominatorsSync(id).rows.map((row) => pick(row, ['id', 'name', 'shallowSize', 'retainedSize']));
  }

  paths(id) {
    const tree = (branch) => ({
      ...pick(branch, ['id', 'name', 'edge', 'edgeType', 'distance']),
      children: branch.children.map(tree),
    });
    const { paths, limits } = this.#snapshot.pathsSync(id);
    return { paths: paths.map(tree), limits };
  }

  duplicateStrings() {
    return this.#snapshot
      .duplicateStringsSync()
      .rows.map((row) => pick(row, ['value', 'count', 'shallowSize', 'retainedSize', 'ids']));
  }

  nativeContexts() {
    return this.#snapshot.nativeContextsSync();
  }

  /** The functions that allocated, in the order of DevTools' Allocation view. */
  allocations() {
    const { rows } = this.#snapshot.allocationsSync({ sort: 'allocatedSize' });
    return { rows: rows.map((row) => ({ ...frame(row), ...pick(row, ALLOCATED) })) };
  }

  allocationStack(id) {
    return this.#snapshot.allocationStackSync(id)?.map(frame) ?? null;
  }

  timeline() {
    return this.#snapshot.timelineSync().rows.map((row) => pick(row, ['timestampMs', 'lastAssignedId', 'shallowSize']));
  }

  #edges({ totals, rows }) {
    return { total: totals.count, rows: rows.map((row) => pick(row, ['edge', 'edgeType', ...REFERENCE])) };
  }
}

module.exports = { Ours };
