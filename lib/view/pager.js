'use strict';
// Answers by the page. What takes long to find or to sort is found once and kept, so that the next page is there at once.

const { diff } = require('../diff.js');
const { findLeaks } = require('../findings.js');
const { QUESTIONS } = require('../questions.js');
const { rowsOf } = require('../snapshot.js');
const { trend } = require('../trend.js');
const { checkArgument, checkOptions, checks, wrongArgument } = require('../validate.js');
const { Kept } = require('./kept.js');
const { cut, isCut } = require('./wire.js');

/** Rows of a list of constructors or findings that are kept; pages beyond are asked for one by one. */
const KEPT_ROWS = 10_000;
/** Rows of a sorted list that are chosen at a time: fifty pages. Sorting all of it could take seconds. */
const STRETCH = 5000;
/** Lists of constructors or findings that are kept. */
const KEPT_LISTS = 24;
/** Objects in lists that are kept, 4 bytes each, for each object of the snapshot. */
const KEPT_PER_OBJECT = 2;

/** Lists of objects: whether all of them are found, because looking through the whole heap takes long, or a stretch of them. */
const OBJECTS = {
  find: ({ sort }) => (sort === undefined ? Infinity : STRETCH),
  duplicateStrings: () => Infinity,
  instances: () => STRETCH,
  children: () => STRETCH,
  retainers: () => STRETCH,
  dominators: () => STRETCH,
  dominatorTree: () => STRETCH,
};

/** Other lists, and the options that only choose a part of what is found. */
const LISTS = {
  summary: { parts: ['limit', 'offset'], isKept: ({ filter }) => filter !== undefined },
  closures: { parts: ['limit'] },
  suspects: { parts: ['limit'] },
  findLeaks: { parts: ['limit'] },
  diff: { parts: ['limit', 'offset', 'newObjects'] },
  trend: { parts: ['limit', 'offset', 'owners'] },
};

/** The part of a list, and of the list within it, that is asked for. */
function part(found, { limit, offset = 0, newObjects, owners }) {
  if (Array.isArray(found)) return found.slice(0, limit);
  const answer = { ...found, rows: found.rows.slice(offset, offset + limit) };
  if (found.newObjects) answer.newObjects = { ...found.newObjects, rows: found.newObjects.rows.slice(0, newObjects) };
  if (found.owners) answer.owners = { ...found.owners, rows: found.owners.rows.slice(0, owners) };
  return answer;
}

/** What `part` takes, checked as the API does, and the other options. */
function separate(options, names) {
  const chosen = Object.fromEntries(names.map((name) => [name, options[name]]));
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
  return { chosen: checkOptions(chosen, Object.fromEntries(names.map((name) => [name, checks.rows]))), rest };
}

class Pager {
  #files;
  #lists = new Kept({ most: () => KEPT_LISTS });
  #objects = new Kept({ most: () => this.#mostObjects, weigh: (rows) => rows.length, drop: (rows) => rows.close() });
  #mostObjects = 0;

  /** @param {import('./files.js').Files} files */
  constructor(files) {
    this.#files = files;
  }

  /**
   * Answers a question of `Source` (web/src/source.ts), which are those of a snapshot, about the last one, and those about
   * several.
   * @param {string} name
   * @param {{argument?: unknown, options?: object, signal: AbortSignal}} asked
   */
  async answer(name, { argument, options = {}, signal }) {
    const list = LISTS[name];
    if (list && (list.isKept?.(options) ?? true)) return this.#list(name, list.parts, argument, options, signal);
    const snapshot = await this.#last();
    const first = name === 'instances' && isCut(argument) ? await wholeKey(snapshot, argument) : argument;
    if (OBJECTS[name]) {
      const page = () => this.#page(snapshot, name, first, options, signal);
      // What was dropped while it was read is found anew.
      return page().catch((error) => (error.code === 'ERR_HEAPDUMP_CLOSED' && !snapshot.closed ? page() : Promise.reject(error)));
    }
    return snapshot[name](...(QUESTIONS[name].argument ? [first] : []), { ...options, signal });
  }

  close() {
    this.#lists.clear();
    this.#objects.clear();
  }

  async #last() {
    const snapshot = await this.#files.at(this.#files.length - 1);
    this.#mostObjects = KEPT_PER_OBJECT * snapshot.nodeCount;
    return snapshot;
  }

  /** A page of objects. Those around it are found with it. */
  async #page(snapshot, name, argument, options, signal) {
    const { chosen: { limit, offset = 0 }, rest } = separate(options, ['limit', 'offset']);
    const stretch = OBJECTS[name](rest);
    const from = stretch === Infinity ? 0 : offset - offset % stretch;
    const ask = (window) => rowsOf(snapshot, name, ...(QUESTIONS[name].argument ? [argument] : []), { ...rest, ...window });
    const find = (at) => this.#objects.get(JSON.stringify([name, argument, rest, at]), () => ask({ offset: at, limit: stretch }), signal);
    const page = await pieces(await find(from), offset - from, limit);
    // The page reaches into the next stretch.
    const missing = Math.min(limit, page.totals.count - offset) - page.rows.length;
    if (missing > 0 && stretch !== Infinity) page.rows.push(...(await pieces(await find(from + stretch), 0, missing)).rows);
    return page;
  }

  /** A part of a list that is found once. */
  async #list(name, parts, argument, options, signal) {
    const { chosen, rest } = separate(options, parts);
    const most = Object.fromEntries(parts.filter((one) => one !== 'offset').map((one) => [one, KEPT_ROWS]));
    const key = JSON.stringify([name, argument, rest]);
    const found = await this.#lists.get(key, (shared) => this.#ask(name, argument, { ...rest, ...most, signal: shared }), signal);
    const isBeyond = !Array.isArray(found) && found.rows.length < found.totals.rowCount && (chosen.offset ?? 0) + chosen.limit > found.rows.length;
    return isBeyond ? this.#ask(name, argument, { ...options, signal }) : part(found, chosen);
  }

  async #ask(name, argument, options) {
    if (name === 'findLeaks') return findLeaks(await this.#files.all(), options);
    if (name === 'trend') return trend(await this.#files.all(), options);
    if (name === 'diff') return diff(await this.#files.at(this.#earlier(argument)), await this.#last(), options);
    return (await this.#last())[name](options);
  }

  /** The place of a snapshot that the last one is compared with. */
  #earlier(value) {
    const index = checkArgument('base', checks.number, value);
    const { length } = this.#files;
    if (!(Number.isInteger(index) && index >= 0 && index < length - 1)) throw wrongArgument('base', `must be the place of an earlier snapshot of ${length}`, value);
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
async function wholeKey(snapshot, key) {
  const { rows } = await snapshot.summary();
  return rows.find((row) => cut(row.classKey) === key)?.classKey ?? key;
}

module.exports = { Pager };
