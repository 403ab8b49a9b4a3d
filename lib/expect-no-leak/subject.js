'use strict';
// What belongs to us on the heap that is examined: the function under test, and notes on it.

/** Makes them reachable from the roots of the program, also when no test runner keeps their functions. */
const underTest = new Set();

/**
 * All that refers to the function while it is examined. A path that leads here says nothing about the program: it
 * ends at the function.
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
   * Calls the function `least` times, and on until there were `most` calls or `untilMs` are over. Once this has
   * returned, nothing of the last call is on its stack. `stop` ends it between two calls.
   *
   * @returns {Promise<number>} how many calls there were
   */
  async repeat({ least, most = least, untilMs = 0, stop }) {
    const end = performance.now() + untilMs;
    let count = 0;
    while (count < least || (count < most && performance.now() < end)) {
      stop.check();
      await (0, this.#fn)();
      count += 1;
    }
    stop.check();
    return count;
  }
}

/** Lists that grow from round to round, told from those of the program by their name. */
class ListOfExpectNoLeak extends Array {}

module.exports = { ListOfExpectNoLeak, SubjectOfExpectNoLeak };
