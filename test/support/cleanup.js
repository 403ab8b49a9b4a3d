'use strict';
// Tears down the setup of a test in reverse order, completely, even if a step fails.

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
