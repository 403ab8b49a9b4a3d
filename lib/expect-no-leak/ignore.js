'use strict';
// Leaks that are not reported.

/** Objects in which test runners record console output and calls of mocks. They are not leaks. */
const RUNNERS = /^(BufferedConsole|MockFunctionContext|mockConstructor)$/;

/** References to these records, for objects without a name of their own. */
const NOTES = [
  // node:test: records which test started a timer or a request, while that is alive.
  ([held]) => held.edge === 'testResources',
  // jest: its console has the name of the console that it replaces.
  ([held]) => held.edge === '_buffer' && held.name === 'console',
  // vitest: `mock.calls`, `mock.results` … of a function.
  ([, holder]) => holder?.edge === 'mock' && holder.type === 'closure',
];

/** Returns whether a rule of the caller, or one of ours, ignores the leak. */
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

/** Returns the texts that a pattern is matched with: the constructor, the owner, and each step of the path. */
function textsOf({ constructor, owner, path }) {
  return [constructor, owner.name, ...path.flatMap(({ edge, name }) => [edge, name])];
}

/** Returns a leak in its public form. */
function withoutDominators({ dominators: _, isFilling: __, ...leak }) {
  return leak;
}

module.exports = { isIgnored, withoutDominators };
