'use strict';
// This module's own objects on the examined heap: the function under test, and the records about it.

/** Makes them reachable from the program's roots even if no test runner refers to their functions. */
const underTest = new Set();

/**
 * Holds all references to the function while it is examined. A path that leads here ends at the function: the rest says nothing
 * about the program.
 */
class SubjectOfExpectNoLeak {
  #fn;

  constructor(fn) {
    this.#fn = fn;
    underTest.add(this);
  }

  release() {
    underTest.delete(this);
  }

  /**
   * Calls the function `min` times, then continues until there were `max` calls or `untilMs` have passed. When it has returned,
   * the stack refers to nothing of the last call. `stop` ends it between two calls.
   *
   * @returns {Promise<number>} the number of calls
   */
  async repeat({ min, max = min, untilMs = 0, stop }) {
    const end = performance.now() + untilMs;
    let count = 0;
    while (count < min || (count < max && performance.now() < end)) {
      stop.check();
      await (0, this.#fn)();
      count += 1;
    }
    stop.check();
    return count;
  }
}

/** Lists that grow from round to round; the name distinguishes them from those of the program. */
class ListOfExpectNoLeak extends Array {}

module.exports = { ListOfExpectNoLeak, SubjectOfExpectNoLeak };
