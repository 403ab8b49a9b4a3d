// The queries to DevTools and to this package. A subject is an object with the methods of DevTools in devtools.mjs and of Ours in
// ours.js.
import { createHash } from 'node:crypto';

/** Number of compared rows of a list. */
const LIMIT = 200;
/** Longer answers are stored as digests in the repository. */
const READABLE = 600;

const FILTERS = [
  'objectsRetainedByDetachedDomNodes',
  'objectsRetainedByContexts',
  'objectsRetainedByConsole',
  'objectsRetainedByEventHandlers',
  'duplicatedStrings',
];

/** The columns of a node, each compared separately. */
export const COLUMNS = [
  'id',
  'name',
  'type',
  'constructor',
  'selfSize',
  'shallowSize',
  'retainedSize',
  'distance',
  'rawDistance',
  'dominatorId',
  'detachedness',
];

/** JSON with sorted keys, so that equal answers are equal texts. */
export function canonical(answer) {
  return JSON.stringify(answer, (key, value) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** An answer in the form of the repository: whole if it is short. */
export function compact(text) {
  return text.length <= READABLE ? text : `sha256:${sha256(text)} of ${text.length} characters`;
}

/** Hashes every column of all nodes. */
export function columnDigests(nodes) {
  const hashes = new Map(COLUMNS.map((column) => [column, createHash('sha256')]));
  for (const node of nodes) for (const [column, hash] of hashes) hash.update(`${JSON.stringify(node[column])}\n`);
  return Object.fromEntries([...hashes].map(([column, hash]) => [column, hash.digest('hex').slice(0, 32)]));
}

/**
 * Chooses nodes to ask about: spread over the file, the heaviest, and some of each type.
 * @param {Iterable<object>} nodes
 * @param {number} count how many to spread
 * @returns {number[]} ids
 */
export function choose(nodes, total, count) {
  const step = Math.max(1, Math.floor(total / count));
  const chosen = new Set();
  const perType = new Map();
  const heaviest = [];
  let i = 0;
  for (const { id, type, retainedSize } of nodes) {
    if (i++ % step === 0) chosen.add(id);
    const seen = perType.get(type) ?? 0;
    if (seen < 2) {
      perType.set(type, seen + 1);
      chosen.add(id);
    }
    heaviest.push({ id, retainedSize });
    if (heaviest.length > 1000) heaviest.sort((a, b) => b.retainedSize - a.retainedSize).length = 10;
  }
  heaviest.sort((a, b) => b.retainedSize - a.retainedSize).length = Math.min(10, heaviest.length);
  for (const { id } of heaviest) chosen.add(id);
  return [...chosen];
}

/**
 * Runs all queries.
 *
 * @param {object} subject
 * @param {object} about what to query
 * @param {number[]} about.ids nodes
 * @param {string[]} about.classKeys classes
 * @yields {[string, string]} a query and its answer as canonical JSON
 */
export function* ask(subject, { ids, classKeys }) {
  const answer = (question, value) => [question, canonical(value)];
  yield answer('summary', subject.summary());
  for (const filter of FILTERS) yield answer(`summary ${filter}`, subject.summary(filter));
  yield answer('statistics', subject.statistics());
  yield answer('nativeContexts', subject.nativeContexts());
  yield answer('allocations', subject.allocations());
  yield answer('timeline', subject.timeline());
  yield answer('duplicateStrings', subject.duplicateStrings());
  for (const classKey of classKeys) yield answer(`instances ${classKey}`, subject.instances(classKey, LIMIT));
  for (const id of ids) {
    yield answer(`node ${id}`, subject.node(id));
    yield answer(`children ${id}`, subject.containment(id, LIMIT));
    yield answer(`retainers ${id}`, subject.retainers(id, LIMIT));
    yield answer(`dominators ${id}`, subject.dominators(id));
    yield answer(`paths ${id}`, subject.paths(id));
    yield answer(`allocationStack ${id}`, subject.allocationStack(id));
  }
}

/** Returns the classes to query: the largest, the smallest and some between. */
export function chooseClasses({ rows }, count) {
  const step = Math.max(1, Math.floor(rows.length / count));
  return rows.filter((row, i) => i < count / 2 || i % step === 0 || i === rows.length - 1).map((row) => row.classKey);
}
