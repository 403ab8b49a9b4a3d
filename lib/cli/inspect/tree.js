'use strict';
// A tree of lists. Rows on the screen are read, a page at a time.

const { TreeRows } = require('../../tree-rows.js');

/** Rows that are read at a time, unless a list knows better. */
const PAGE = 200;

/** Pages that a list keeps: more than a screen shows, less than a heap has. */
const MOST_PAGES = 16;

/**
 * A list as the tree takes it.
 * @typedef {object} List
 * @property {number} [page] rows to read at a time; more where each question is dear
 * @property {(offset: number, limit: number) => Promise<{count: number, items: object[]}>} read
 * @property {(item: object, look: object) => object} show what is on screen of an item
 * @property {(item: object) => List | undefined} [into] what an item opens to
 */

/** The rows of one list, with those that are open between them. */
class Branch extends TreeRows {
  #pages = new Map();
  #asked = new Set();
  #onChange;

  count;
  error;

  constructor(list, onChange, parent, at) {
    super(parent, at);
    this.list = list;
    this.#onChange = onChange;
  }

  /** At least the line that says that the list is empty, or that it is being read. */
  get ownLength() {
    return Math.max(1, this.count ?? 1);
  }

  /** The item at `at`; `undefined` while it is being read. */
  item(at) {
    const size = this.list.page ?? PAGE;
    const number = Math.floor(at / size);
    const page = this.#pages.get(number);
    if (!page) {
      this.#ask(number, size);
      return undefined;
    }
    // The last to be forgotten.
    this.#pages.delete(number);
    this.#pages.set(number, page);
    return page[at - number * size];
  }

  #ask(number, size) {
    if (this.#asked.has(number) || this.error) return;
    this.#asked.add(number);
    this.list
      .read(number * size, size)
      .then(({ count, items }) => {
        this.count = count;
        this.#pages.set(number, items);
        if (this.#pages.size > MOST_PAGES) this.#pages.delete(this.#pages.keys().next().value);
      })
      .catch((error) => {
        this.error = error;
        this.count ??= 0;
      })
      .finally(() => {
        this.#asked.delete(number);
        this.#onChange();
      });
  }
}

class Tree {
  #root;
  #onChange;

  /** @param {List} list @param {() => void} onChange called when rows have come */
  constructor(list, onChange) {
    this.#onChange = onChange;
    this.#root = new Branch(list, onChange);
  }

  get length() {
    return this.#root.length;
  }

  /** How many items the outermost list has; `undefined` as long as nobody knows. */
  get count() {
    return this.#root.count;
  }

  /**
   * The row at `index`: `state` is `'item'`, or why there is none: `'reading'`, `'empty'`, `'failed'`.
   */
  row(index) {
    const { branch, at } = this.#root.locate(index);
    const { list, depth, error } = branch;
    const item = branch.item(at);
    const state = item ? 'item' : error ? 'failed' : branch.count === 0 ? 'empty' : 'reading';
    const isOpen = branch.below(at) !== undefined;
    return { branch, at, depth, list, item, state, error, isOpen, opens: () => item && list.into?.(item) };
  }

  /** Opens the row at `index`. Says whether it does. */
  open(index) {
    const { branch, at, isOpen, opens } = this.row(index);
    const list = !isOpen && opens();
    if (!list) return false;
    branch.open(new Branch(list, this.#onChange, branch, at));
    return true;
  }

  /** Closes the row at `index`. Says whether it was open. */
  close(index) {
    const { branch, at, isOpen } = this.row(index);
    branch.close(at);
    return isOpen;
  }

  /** The row that the one at `index` belongs to; `undefined` for the outermost. */
  parent(index) {
    const { branch } = this.row(index);
    return branch.parent && branch.parent.lineOf(branch.at);
  }

  /** The items from the outermost to the one at `index`. */
  way(index) {
    const { branch, item } = this.row(index);
    const items = [item];
    for (let one = branch; one.parent; one = one.parent) items.unshift(one.parent.item(one.at));
    return items;
  }
}

module.exports = { Tree };
