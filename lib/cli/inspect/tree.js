'use strict';
// A tree of lists. Reads only the rows on the screen, one page at a time.

const { TreeRows } = require('../../tree-rows.js');

/** Default page size in rows. */
const PAGE = 200;

/** Maximum number of cached pages of a list: more than a screen shows. */
const MAX_PAGES = 16;

/**
 * A list in the tree.
 * @typedef {object} List
 * @property {number} [page] page size in rows; larger if each query is expensive
 * @property {(offset: number, limit: number) => Promise<{count: number, items: object[]}>} read
 * @property {(item: object, look: object) => object} show returns the display of an item
 * @property {(item: object) => List | undefined} [into] returns the list that an item opens to
 */

/** The rows of one list, and the open lists between them. */
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

  /** At least one line, which says that the list is empty or being read. */
  get ownLength() {
    return Math.max(1, this.count ?? 1);
  }

  /** Returns the item at `at`; `undefined` while it is being read. */
  item(at) {
    const size = this.list.page ?? PAGE;
    const number = Math.floor(at / size);
    const page = this.#pages.get(number);
    if (!page) {
      this.#ask(number, size);
      return undefined;
    }
    // Moves the page to the end, because the first page is evicted.
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
        if (this.#pages.size > MAX_PAGES) this.#pages.delete(this.#pages.keys().next().value);
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

  /** @param {List} list @param {() => void} onChange called when rows have been read */
  constructor(list, onChange) {
    this.#onChange = onChange;
    this.#root = new Branch(list, onChange);
  }

  get length() {
    return this.#root.length;
  }

  /** Number of items of the outermost list; `undefined` until it is known. */
  get count() {
    return this.#root.count;
  }

  /** Returns the row at `index`. `state` is `'item'`, or the reason why there is none: `'reading'`, `'empty'`, `'failed'`. */
  row(index) {
    const { branch, at } = this.#root.locate(index);
    const { list, depth, error } = branch;
    const item = branch.item(at);
    const state = item ? 'item' : error ? 'failed' : branch.count === 0 ? 'empty' : 'reading';
    const isOpen = branch.below(at) !== undefined;
    return { branch, at, depth, list, item, state, error, isOpen, opens: () => item && list.into?.(item) };
  }

  /** Opens the row at `index`. Returns whether it could be opened. */
  open(index) {
    const { branch, at, isOpen, opens } = this.row(index);
    const list = !isOpen && opens();
    if (!list) return false;
    branch.open(new Branch(list, this.#onChange, branch, at));
    return true;
  }

  /** Closes the row at `index`. Returns whether it was open. */
  close(index) {
    const { branch, at, isOpen } = this.row(index);
    branch.close(at);
    return isOpen;
  }

  /** Returns the index of the parent of the row at `index`; `undefined` in the outermost list. */
  parent(index) {
    const { branch } = this.row(index);
    return branch.parent && branch.parent.lineOf(branch.at);
  }

  /** Returns the items from the outermost list to the one at `index`. */
  path(index) {
    const { branch, item } = this.row(index);
    const items = [item];
    for (let one = branch; one.parent; one = one.parent) items.unshift(one.parent.item(one.at));
    return items;
  }
}

module.exports = { Tree };
