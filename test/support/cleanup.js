'use strict';
// What a test set up is taken down in reverse order, all of it, whatever fails.

const stacks = new WeakMap();

/** Calls `action` when the test `t` has ended. */
function cleanup(t, action) {
  if (!stacks.has(t)) {
    const stack = [];
    stacks.set(t, stack);
    t.after(async () => {
      const errors = [];
      while (stack.length) {
        try {
          await stack.pop()();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length) throw errors[0];
    });
  }
  stacks.get(t).push(action);
}

module.exports = { cleanup };
