'use strict';
// Leaks that are not to be reported.

/** Objects in which test runners note what happens: console output, calls of mocks. What only they keep is no leak. */
const RUNNERS = /^(BufferedConsole|MockFunctionContext|mockConstructor)$/;

/** The variable in which node:test notes which test started a timer, a request …, while that is alive. */
const RUNNERS_VARIABLE = 'testResources';

/** Whether a rule of the caller, or one of ours, says that it does not count. */
function isIgnored(leak, rules) {
  return isOfRunner(leak) || rules.some((rule) => matches(rule, leak));
}

function isOfRunner({ dominators, path, example, owner }) {
  const isVariable = ({ edge }, k) => edge === RUNNERS_VARIABLE && (path[k - 1] ?? example).id === owner.id;
  return dominators.some(({ name }) => RUNNERS.test(name)) || path.some(isVariable);
}

function matches(rule, leak) {
  if (typeof rule === 'string') return rule === leak.constructor;
  if (typeof rule === 'function') return Boolean(rule(withoutDominators(leak)));
  return textsOf(leak).some((text) => text.search(rule) >= 0);
}

/** What a pattern is compared with: the constructor, the owner, and each step of the path. */
function textsOf({ constructor, owner, path }) {
  return [constructor, owner.name, ...path.flatMap(({ edge, name }) => [edge, name])];
}

/** A leak as the caller gets it. */
function withoutDominators({ dominators: _, ...leak }) {
  return leak;
}

module.exports = { isIgnored, withoutDominators };
