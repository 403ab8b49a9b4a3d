'use strict';
// Answers by the page. What takes long to find or to sort is found once and kept, so that the next page is there at once.

const { read: readDiff } = require('../analysis/diff.js');
const { leakReport } = require('../analysis/findings.js');
const { DIFF_OPTIONS, FILTERS, OF_SEVERAL, QUESTIONS, TREND_OPTIONS } = require('../analysis/questions.js');
const { nativeOf, rowsOf } = require('../analysis/snapshot.js');
const { DEFAULT_OWNERS, FEWEST } = require('../analysis/trend.js');
const { checkArgument, checkOptions, checks, wrongArgument } = require('../validate.js');
const { follow } = require('../analysis/work.js');
const { Kept, Turns } = require('./kept.js');
const { cut, isCut } = require('./wire.js');

/** Findings and groups that are kept. */
const KEPT_ROWS = 1000;
/** Rows of a sorted list that are chosen at a time: fifty pages. Sorting all of it could take seconds. */
const STRETCH = 5000;
/** Lists of findings, comparisons and the like that are kept. */
const KEPT_LISTS = 24;
/** Objects in lists that are kept, 4 bytes each, for each object of the snapshot. */
const KEPT_PER_OBJECT = 2;
/** Other answers that are kept for whoever was told that they take long. */
const KEPT_ANSWERS = 16;
/** Long work that is done at once: what is asked for, beside what is found behind the first screen. */
const AT_ONCE = 2;
/** Groups of new objects: the path of each is looked for. */
const GROUPS = [20, 100, KEPT_ROWS];

/** Rows of a long list that are found at a time. Looking through the whole heap takes long: that is done once. */
function stretchOf(name, { sort }) {
  if (name === 'find' && sort === undefined) return Infinity;
  return name === 'duplicateStrings' ? KEPT_ROWS : STRETCH;
}

/** What the engine finds once, at the first of some questions; and a question that makes it do so. */
const PREPARATIONS = {
  retainers: (snapshot) => snapshot.retainers(snapshot.rootId, { limit: 0 }),
  totals: (snapshot) => snapshot.summary({ limit: 0 }),
  strings: (snapshot) => snapshot.duplicateStrings({ limit: 0 }),
  names: (snapshot) => snapshot.find({ name: 'a', limit: 0 }),
  contexts: (snapshot) => snapshot.nativeContexts(),
  ...Object.fromEntries(FILTERS.map((filter) => [filter, (snapshot) => snapshot.summary({ filter, limit: 0 })])),
};

/** The one that a question needs. */
function preparation(name, { filter, name: text }) {
  if (filter !== undefined) return Object.hasOwn(PREPARATIONS, filter) ? filter : undefined;
  if (name === 'find') return text ? 'names' : undefined;
  return QUESTIONS[name].needs;
}

/** What of `options` is in `names`, checked as the API does, and the others. */
function separate(options, names) {
  const chosen = Object.fromEntries(names.map((name) => [name, options[name]]));
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
  return { chosen: checkOptions(chosen, Object.fromEntries(names.map((name) => [name, checks.rows]))), rest };
}

class Pager {
  #files;
  #ready = new Kept({ most: () => Infinity });
  #lists = new Kept({ most: () => KEPT_LISTS });
  #objects = new Kept({ most: () => this.#mostObjects, weigh: (rows) => rows.length, drop: (rows) => rows.close() });
  #answers = new Kept({ most: () => KEPT_ANSWERS });
  #turns = new Turns(AT_ONCE);
  #mostObjects = 0;
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
   * Answers a question of `Source` (web/src/source.ts), which are those of a snapshot, about the last one, and those about
   * several.
   * @param {string} name
   * @param {{argument?: unknown, options?: object, waiting: import('./kept.js').Waiting}} asked
   */
  async answer(name, { argument, options = {}, waiting }) {
    if (name === 'diff') return this.#diff(argument, options, waiting);
    if (name === 'trend') return this.#trend(options, waiting);
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
    return waiting.patience === undefined
      ? ask(waiting.signal)
      : this.#answers.get(JSON.stringify([name, first, options]), ask, waiting);
  }

  /**
   * Finds what takes long to find before it is asked for, one after the other: what is shown first first. A question that
   * comes earlier is not kept waiting.
   */
  async prepare() {
    const waiting = { signal: this.#closed.signal };
    const { length } = this.#files;
    const bases = Array.from({ length: length - 1 }, (_, at) => length - 2 - at);
    const steps = [
      () => this.#leaks({}, waiting),
      ...bases.map((base) => () => this.#diff(base, { limit: 0, newObjects: GROUPS[0] }, waiting)),
      ...(length < FEWEST ? [] : [() => this.#trend({ limit: 0, owners: 0 }, waiting)]),
      ...Object.keys(PREPARATIONS).map((name) => () => this.#prepare(name, waiting)),
    ];
    for (const step of steps) {
      if (this.#closed.signal.aborted) return;
      // Whoever asks for it is told what is wrong.
      await step().catch(() => {});
    }
  }

  close() {
    this.#closed.abort(new Error('The server is closed'));
    for (const kept of [this.#ready, this.#lists, this.#objects, this.#answers]) kept.clear();
  }

  async #last() {
    const snapshot = await this.#files.at(this.#files.length - 1);
    this.#mostObjects = KEPT_PER_OBJECT * snapshot.nodeCount;
    return snapshot;
  }

  async #prepare(name, waiting) {
    if (name === undefined) return;
    const snapshot = await this.#last();
    await this.#ready.get(name, (signal) => this.#turns.take(signal, () => PREPARATIONS[name](snapshot)), waiting);
  }

  /** A page of what a search finds, in order: it is found once for all orders. */
  async #sortedSearch(snapshot, { sort, ...options }, waiting) {
    const { rest } = separate(options, ['limit', 'offset']);
    const column = checkArgument('sort', QUESTIONS.find.options.sort, sort);
    const key = JSON.stringify(['find', undefined, rest, 0]);
    const all = () => this.#objects.get(key, () => rowsOf(snapshot, 'find', rest), waiting);
    await all();
    return this.#page('find', undefined, { ...options, sort: column }, waiting, async (window) => (await all()).sorted(window));
  }

  /** A page of objects. Those around it are found with it. */
  async #page(name, argument, options, waiting, ask) {
    const {
      chosen: { limit, offset = 0 },
      rest,
    } = separate(options, ['limit', 'offset']);
    const stretch = stretchOf(name, rest);
    const from = stretch === Infinity ? 0 : offset - (offset % stretch);
    const find = (at) =>
      this.#objects.get(JSON.stringify([name, argument, rest, at]), () => ask({ ...rest, offset: at, limit: stretch }), waiting);
    const read = async () => {
      const page = await pieces(await find(from), offset - from, limit);
      // The page reaches into the next stretch.
      const missing = Math.min(limit, page.totals.count - offset) - page.rows.length;
      if (missing > 0 && stretch !== Infinity) page.rows.push(...(await pieces(await find(from + stretch), 0, missing)).rows);
      return page;
    };
    // What was dropped while it was read is found anew.
    return read().catch((error) =>
      error.code === 'ERR_HEAPDUMP_CLOSED' && !this.#closed.signal.aborted ? read() : Promise.reject(error),
    );
  }

  /** A part of a list that is found once. */
  async #list(name, options, waiting) {
    const {
      chosen: { limit },
      rest,
    } = separate(options, ['limit']);
    const key = JSON.stringify([name, rest]);
    const snapshot = await this.#last();
    const found = await this.#lists.get(
      key,
      (signal) => this.#turns.take(signal, () => snapshot[name](this.#asked(rest, signal))),
      waiting,
    );
    return found.slice(0, limit);
  }

  /** What leaks in all snapshots, found once; with the first findings. */
  async #leaks(options, waiting) {
    const {
      chosen: { limit },
      rest,
    } = separate(options, ['limit']);
    const snapshots = await this.#files.all();
    const report = await this.#lists.get(
      JSON.stringify(['leakReport', rest]),
      (signal) => this.#turns.take(signal, () => leakReport(snapshots, this.#asked(rest, signal))),
      waiting,
    );
    return { ...report, findings: report.findings.slice(0, limit) };
  }

  /** Options of questions that read scripts. Which files are read is not for the page to say. */
  #asked(options, signal) {
    return { ...options, sourceRoots: this.#sourceRoots, limit: KEPT_ROWS, signal };
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
    const most = GROUPS.find((one) => one >= limit);
    const [before, last] = await this.#pair(base);
    const found = await this.#lists.get(
      JSON.stringify(['newObjects', base, most]),
      (signal) =>
        this.#turns.take(signal, () => follow({ signal }, async (control) => last.newObjects(before, { limit: most }, control))),
      waiting,
    );
    return { ...found, rows: found.rows.slice(0, limit) };
  }

  /** The comparison with an earlier snapshot, which has pages in any order. */
  async #comparison(base, byName, waiting) {
    const [before, last] = await this.#pair(base);
    return this.#lists.get(
      JSON.stringify(['comparison', base, byName]),
      (signal) => this.#turns.take(signal, () => follow({ signal }, async (control) => last.compared(before, byName, control))),
      waiting,
    );
  }

  async #pair(base) {
    return [nativeOf(await this.#files.at(base)), nativeOf(await this.#last())];
  }

  /** The objects behind a row of a comparison: those that came, or those that went. */
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
    if (length < FEWEST) throw wrongArgument('snapshots', `must be ${FEWEST} or more`, length);
    const { owners = DEFAULT_OWNERS, ...list } = checkOptions(options, TREND_OPTIONS);
    const natives = (await this.#files.all()).map(nativeOf);
    const trend = await this.#lists.get(
      'trend',
      (signal) =>
        this.#turns.take(signal, () =>
          follow({ signal }, async (control) => natives.at(-1).followed(natives.slice(0, -1), control)),
        ),
      waiting,
    );
    return trend.page({ ...list, owners });
  }

  /** The place of a snapshot that the last one is compared with. */
  #earlier(value) {
    const index = checkArgument('base', checks.number, value);
    const { length } = this.#files;
    if (!(Number.isInteger(index) && index >= 0 && index < length - 1))
      throw wrongArgument('base', `must be the place of an earlier snapshot of ${length}`, value);
    return index;
  }
}

/** Rows from `start` on. A piece may have fewer than it is asked for. */
async function pieces(rows, start, limit) {
  const count = Math.min(limit, rows.length - start);
  const page = await rows.piece(start, limit);
  while (page.rows.length < count) page.rows.push(...(await rows.piece(start + page.rows.length, count - page.rows.length)).rows);
  return page;
}

/** The key of a class, of which the page knows only what was sent. */
function wholeKey({ rows }, key) {
  return rows.find((row) => cut(row.classKey) === key)?.classKey ?? key;
}

module.exports = { Pager };
