'use strict';
// The lines of a tree of lists: which rows are open, the line of a row, and the row on a line. The tables of the page and of the
// terminal explorer extend it with the fetching of rows. Does not need Node.

/** The rows of one list, with the lists that are open between them. */
class TreeRows {
  /** Open lists, in the order of the rows that they belong to. */
  #open = [];

  /**
   * @param {TreeRows} [parent] the list in which this one is open
   * @param {number} [at] the row that it belongs to
   */
  constructor(parent, at = 0) {
    this.parent = parent;
    this.at = at;
    this.depth = parent ? parent.depth + 1 : 0;
  }

  /** Number of lines of the list itself. Subclasses override it. */
  get ownLength() {
    return 0;
  }

  /** Number of lines of the list, and of the lists that are open in it. */
  get length() {
    return this.#open.reduce((sum, { length }) => sum + length, this.ownLength);
  }

  /** Returns the lists that are open in this one. */
  get opened() {
    return this.#open;
  }

  /** Returns the list that is open below the row `at`, if there is one. */
  below(at) {
    return this.#open.find((one) => one.at === at);
  }

  /** Opens a list below a row of this one. */
  open(list) {
    this.close(list.at);
    this.#open.push(list);
    this.#open.sort((a, b) => a.at - b.at);
  }

  /** Closes the list below the row `at`. */
  close(at) {
    this.#open = this.#open.filter((one) => one.at !== at);
  }

  /**
   * Returns the list and the row on a line, counted from the first line of this list. Lines beyond the last row of a list belong to
   * that list, too.
   */
  locate(line) {
    let rest = line;
    for (const list of this.#open) {
      if (rest <= list.at) break;
      const { length } = list;
      if (rest <= list.at + length) return list.locate(rest - list.at - 1);
      rest -= length;
    }
    return { branch: this, at: rest };
  }

  /** Returns the line of the row `at`, counted from the first line of the whole tree. */
  lineOf(at) {
    const line = this.#open.reduce((sum, list) => sum + (list.at < at ? list.length : 0), at);
    return this.parent ? this.parent.lineOf(this.at) + 1 + line : line;
  }
}

module.exports = { TreeRows };
