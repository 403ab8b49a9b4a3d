'use strict';
// Answers the queries of the page. Results that take long to find or to sort are cached, so that the next page is available
// immediately.

const { allocationTree } = require('../analysis/allocation-tree.js');
const { read: readDiff } = require('../analysis/diff.js');
const { leakReport } = require('../analysis/findings.js');
const { DIFF_OPTIONS, FILTERS, OF_SEVERAL, QUESTIONS, TREND_OPTIONS } = require('../analysis/questions.js');
const { nativeOf, rowsOf } = require('../analysis/snapshot.js');
const { DEFAULT_OWNERS, MIN_SNAPSHOTS } = require('../analysis/trend.js');
const { checkArgument, checkOptions, checks, wrongArgument } = require('../validate.js');
const { follow } = require('../analysis/work.js');
const { Cache } = require('./cache.js');
const { Semaphore } = require('../semaphore.js');
const { cut, isCut } = require('./wire.js');

/** Maximum number of findings and groups in the cache. */
const MAX_CACHED_ROWS = 1000;
/** Number of rows of a sorted list to select at a time: fifty pages. Sorting the whole list could take seconds. */
const SORTED_ROWS = 5000;
/** Maximum number of lists of findings, comparisons and the like in the cache. */
const MAX_CACHED_LISTS = 24;
/** Maximum number of objects in cached lists, 4 bytes each, as a multiple of the objects in the snapshot. */
const MAX_CACHED_PER_OBJECT = 2;
/** Maximum number of other answers in the cache, for clients that poll for them. */
const MAX_CACHED_ANSWERS = 16;
/** Maximum number of concurrent long tasks: one for a query, one in the background. */
const MAX_CONCURRENT_TASKS = 2;
/** Maximum number of groups of new objects, because the path of each is searched. */
const GROUPS = [20, 100, MAX_CACHED_ROWS];

/** Returns how many rows of a long list are found at a time. A search scans the whole heap, so that all of its results are found at once. */
function spanOf(name, { sort }) {
  if (name === 'find' && sort === undefined) return Infinity;
  return name === 'duplicateStrings' ? MAX_CACHED_ROWS : SORTED_ROWS;
}

/** Data that the engine computes at the first query that needs it, with a query that triggers it. */
const PREPARATIONS = {
  retainers: (snapshot) => snapshot.retainers(snapshot.rootId, { limit: 0 }),
  totals: (snapshot) => snapshot.summary({ limit: 0 }),
  strings: (snapshot) => snapshot.duplicateStrings({ limit: 0 }),
  names: (snapshot) => snapshot.find({ name: 'a', limit: 0 }),
  contexts: (snapshot) => snapshot.nativeContexts(),
  ...Object.fromEntries(FILTERS.map((filter) => [filter, (snapshot) => snapshot.summary({ filter, limit: 0 })])),
};

/** Returns the data that a query needs. */
function preparation(name, { filter, name: text }) {
  if (filter !== undefined) return Object.hasOwn(PREPARATIONS, filter) ? filter : undefined;
  if (name === 'find') return text ? 'names' : undefined;
  return QUESTIONS[name].needs;
}

/** Splits `options` into those in `names`, checked as in the API, and the others. */
function separate(options, names) {
  const chosen = Object.fromEntries(names.map((name) => [name, options[name]]));
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
  return { chosen: checkOptions(chosen, Object.fromEntries(names.map((name) => [name, checks.rows]))), rest };
}

class Pager {
  #files;
  #ready = new Cache({ maxWeight: () => Infinity });
  #lists = new Cache({ maxWeight: () => MAX_CACHED_LISTS });
  #objects = new Cache({ maxWeight: () => this.#maxObjects, weigh: (rows) => rows.length, drop: (rows) => rows.close() });
  #answers = new Cache({ maxWeight: () => MAX_CACHED_ANSWERS });
  #semaphore = new Semaphore(MAX_CONCURRENT_TASKS);
  #maxObjects = 0;
  #closed = new AbortController();

  #sourceRoots;

  /**
   * @param {import('./files.js').Files} files
   * @param {Record<string, string>} [sourceRoots] see `findLeaks()`
   */
  constructor(files, sourceRoots) {
    this.#files = files;
    this.#sourceRoots = sourceRoots;
  }

  /**
   * Answers a query of `Source` (web/src/source.ts). Queries about one snapshot are answered for the last one.
   * @param {string} name
   * @param {{argument?: unknown, options?: object, waiting: import('./cache.js').Waiting}} asked
   */
  async answer(name, { argument, options = {}, waiting }) {
    if (name === 'diff') return this.#diff(argument, options, waiting);
    if (name === 'trend') return this.#trend(options, waiting);
    if (name === 'allocationTree') return this.#allocationTree(options, waiting);
    if (name === 'diffObjects') return this.#diffObjects(argument, options, waiting);
    if (name === 'leakReport') return this.#leaks(options, waiting);
    if (name === 'findLeaks') return (await this.#leaks(options, waiting)).findings;
    if (QUESTIONS[name].readsScripts) return this.#list(name, options, waiting);
    const snapshot = await this.#last();
    await this.#prepare(preparation(name, options), waiting);
    const first = name === 'instances' && isCut(argument) ? wholeKey(await snapshot.summary(), argument) : argument;
    if (QUESTIONS[name].isLong) {
      if (name === 'find' && options.sort !== undefined) return this.#sortedSearch(snapshot, options, waiting);
      return this.#page(name, first, options, waiting, (window) =>
        rowsOf(snapshot, name, ...(QUESTIONS[name].argument ? [first] : []), window),
      );
    }
    const ask = (signal) => snapshot[name](...(QUESTIONS[name].argument ? [first] : []), { ...options, signal });
    return waiting.timeoutMs === undefined
      ? ask(waiting.signal)
      : this.#answers.get(JSON.stringify([name, first, options]), ask, waiting);
  }

  /**
   * Computes slow results in the background, one after the other, in the order in which the page shows them. Queries do not wait
   * for it.
   */
  async prepare() {
    const waiting = { signal: this.#closed.signal };
    const { length } = this.#files;
    const bases = Array.from({ length: length - 1 }, (_, at) => length - 2 - at);
    const steps = [
      () => this.#leaks({}, waiting),
      ...bases.map((base) => () => this.#diff(base, { limit: 0, newObjects: GROUPS[0] }, waiting)),
      ...(length < MIN_SNAPSHOTS ? [] : [() => this.#trend({ limit: 0, owners: 0 }, waiting)]),
      ...Object.keys(PREPARATIONS).map((name) => () => this.#prepare(name, waiting)),
    ];
    for (const step of steps) {
      if (this.#closed.signal.aborted) return;
      // The query that needs it reports the error.
      await step().catch(() => {});
    }
  }

  close() {
    this.#closed.abort(new Error('The server is closed'));
    for (const cache of [this.#ready, this.#lists, this.#objects, this.#answers]) cache.clear();
  }

  async #last() {
    const snapshot = await this.#files.at(this.#files.length - 1);
    this.#maxObjects = MAX_CACHED_PER_OBJECT * snapshot.nodeCount;
    return snapshot;
  }

  async #prepare(name, waiting) {
    if (name === undefined) return;
    const snapshot = await this.#last();
    await this.#ready.get(name, (signal) => this.#semaphore.take(signal, () => PREPARATIONS[name](snapshot)), waiting);
  }

  /** Returns a page of search results in order. The search runs once for all orders. */
  async #sortedSearch(snapshot, { sort, ...options }, waiting) {
    const { rest } = separate(options, ['limit', 'offset']);
    const column = checkArgument('sort', QUESTIONS.find.options.sort, sort);
    const key = JSON.stringify(['find', undefined, rest, 0]);
    const all = () => this.#objects.get(key, () => rowsOf(snapshot, 'find', rest), waiting);
    await all();
    return this.#page('find', undefined, { ...options, sort: column }, waiting, async (window) => (await all()).sorted(window));
  }

  /** Returns a page of objects. Neighbouring pages are found with it. */
  async #page(name, argument, options, waiting, ask) {
    const {
      chosen: { limit, offset = 0 },
      rest,
    } = separate(options, ['limit', 'offset']);
    const span = spanOf(name, rest);
    const from = span === Infinity ? 0 : offset - (offset % span);
    const find = (at) =>
      this.#objects.get(JSON.stringify([name, argument, rest, at]), () => ask({ ...rest, offset: at, limit: span }), waiting);
    const read = async () => {
      const page = await pieces(await find(from), offset - from, limit);
      // The page extends into the next part.
      const missing = Math.min(limit, page.totals.count - offset) - page.rows.length;
      if (missing > 0 && span !== Infinity) page.rows.push(...(await pieces(await find(from + span), 0, missing)).rows);
      return page;
    };
    // A result that was evicted while it was read is found again.
    return read().catch((error) =>
      error.code === 'ERR_HEAPDUMP_CLOSED' && !this.#closed.signal.aborted ? read() : Promise.reject(error),
    );
  }

  /** Returns a part of a list that is found once. */
  async #list(name, options, waiting) {
    const {
      chosen: { limit },
      rest,
    } = separate(options, ['limit']);
    const key = JSON.stringify([name, rest]);
    const snapshot = await this.#last();
    const found = await this.#lists.get(
      key,
      (signal) => this.#semaphore.take(signal, () => snapshot[name](this.#asked(rest, signal))),
      waiting,
    );
    return found.slice(0, limit);
  }

  /** Returns the findings of all snapshots, found once; with the first findings. */
  async #leaks(options, waiting) {
    const {
      chosen: { limit },
      rest,
    } = separate(options, ['limit']);
    const snapshots = await this.#files.all();
    const report = await this.#lists.get(
      JSON.stringify(['leakReport', rest]),
      (signal) => this.#semaphore.take(signal, () => leakReport(snapshots, this.#asked(rest, signal))),
      waiting,
    );
    return { ...report, findings: report.findings.slice(0, limit) };
  }

  /** The options of queries that read scripts. The page may not choose which files are read. */
  #asked(options, signal) {
    return { ...options, sourceRoots: this.#sourceRoots, limit: MAX_CACHED_ROWS, signal };
  }

  async #diff(argument, options, waiting) {
    const base = this.#earlier(argument);
    const { by } = options;
    const { list, groups, result } = readDiff(checkOptions(options, DIFF_OPTIONS));
    // First, because it refuses snapshots of different processes.
    const newObjects = groups && (await this.#newObjects(base, groups.limit, waiting));
    const comparison = await this.#comparison(base, by === 'name', waiting);
    return result(await comparison.page(list), newObjects);
  }

  async #newObjects(base, limit, waiting) {
    const max = GROUPS.find((one) => one >= limit);
    const [before, last] = await this.#pair(base);
    const found = await this.#lists.get(
      JSON.stringify(['newObjects', base, max]),
      (signal) =>
        this.#semaphore.take(signal, () => follow({ signal }, async (control) => last.newObjects(before, { limit: max }, control))),
      waiting,
    );
    return { ...found, rows: found.rows.slice(0, limit) };
  }

  /** Returns the comparison with an earlier snapshot, which can be sorted in any order. */
  async #comparison(base, byName, waiting) {
    const [before, last] = await this.#pair(base);
    return this.#lists.get(
      JSON.stringify(['comparison', base, byName]),
      (signal) => this.#semaphore.take(signal, () => follow({ signal }, async (control) => last.compared(before, byName, control))),
      waiting,
    );
  }

  async #pair(base) {
    return [nativeOf(await this.#files.at(base)), nativeOf(await this.#last())];
  }

  /** Returns the objects of a row of a comparison: the added or the removed ones. */
  async #diffObjects(argument, options, waiting) {
    const { base: at, classKey, side } = argument ?? {};
    const base = this.#earlier(at);
    const key = checkArgument('row.classKey', checks.text, classKey);
    const isAdded = checkArgument('row.side', checks.oneOf('added', 'removed'), side) === 'added';
    const checked = checkOptions(options, OF_SEVERAL.diffObjects.options);
    const comparison = await this.#comparison(base, false, waiting);
    const whole = isCut(key) ? wholeKey(await comparison.page({}), key) : key;
    return this.#page('diffObjects', [base, whole, isAdded], checked, waiting, (window) =>
      comparison.objects(whole, isAdded, window),
    );
  }

  async #trend(options, waiting) {
    const { length } = this.#files;
    if (length < MIN_SNAPSHOTS) throw wrongArgument('snapshots', `must be ${MIN_SNAPSHOTS} or more`, length);
    const { owners = DEFAULT_OWNERS, ...list } = checkOptions(options, TREND_OPTIONS);
    const natives = (await this.#files.all()).map(nativeOf);
    const trend = await this.#lists.get(
      'trend',
      (signal) =>
        this.#semaphore.take(signal, () =>
          follow({ signal }, async (control) => natives.at(-1).followed(natives.slice(0, -1), control)),
        ),
      waiting,
    );
    return trend.page({ ...list, owners });
  }

  async #allocationTree(options, waiting) {
    const checked = checkOptions(options, OF_SEVERAL.allocationTree.options);
    const recorded = await this.#files.recorded();
    return this.#lists.get(
      JSON.stringify(['allocationTree', checked]),
      (signal) => this.#semaphore.take(signal, () => allocationTree(recorded, checked, signal)),
      waiting,
    );
  }

  /** Returns the index of a snapshot that the last one is compared with. */
  #earlier(value) {
    const index = checkArgument('base', checks.number, value);
    const { length } = this.#files;
    if (!(Number.isInteger(index) && index >= 0 && index < length - 1))
      throw wrongArgument('base', `must be the place of an earlier snapshot of ${length}`, value);
    return index;
  }
}

/** Returns rows from `start` on. A piece can have fewer than requested. */
async function pieces(rows, start, limit) {
  const count = Math.min(limit, rows.length - start);
  const page = await rows.piece(start, limit);
  while (page.rows.length < count) page.rows.push(...(await rows.piece(start + page.rows.length, count - page.rows.length)).rows);
  return page;
}

/** Returns the key of a class. The page only knows the key as sent, which may be cut. */
function wholeKey({ rows }, key) {
  return rows.find((row) => cut(row.classKey) === key)?.classKey ?? key;
}

module.exports = { Pager };
