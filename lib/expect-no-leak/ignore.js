'use strict';
// Leaks that are not to be reported.

/** Objects in which test runners note what happens: console output, calls of mocks. What they keep is no leak. */
const RUNNERS = /^(BufferedConsole|MockFunctionContext|mockConstructor)$/;

/** References by which they hold their notes, if the objects on the way have no names of their own. */
const NOTES = [
  // node:test: which test started a timer, a request …, while that is alive.
  ([held]) => held.edge === 'testResources',
  // jest: its console goes by the name of the one that it replaces.
  ([held]) => held.edge === '_buffer' && held.name === 'console',
  // vitest: `mock.calls`, `mock.results` … of a function.
  ([, holder]) => holder?.edge === 'mock' && holder.type === 'closure',
];

/** Whether a rule of the caller, or one of ours, says that it does not count. */
function isIgnored(leak, rules) {
  return isOfRunner(leak) || rules.some((rule) => matches(rule, leak));
}

function isOfRunner({ dominators, path, example, owner }) {
  if (dominators.some(({ name }) => RUNNERS.test(name))) return true;
  const above = path.slice(path.findIndex((_, k) => (path[k - 1] ?? example).id === owner.id) >>> 0);
  return above.length > 0 && NOTES.some((isHeldBy) => isHeldBy(above));
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
function withoutDominators({ dominators: _, isFilling: __, ...leak }) {
  return leak;
}

module.exports = { isIgnored, withoutDominators };
