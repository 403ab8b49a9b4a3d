'use strict';
// No module of a crate depends on itself through others. Between a module and those inside it, any direction is allowed.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT } = require('./support/temporary.js');

const CRATES = ['src', ...fs.readdirSync(path.join(ROOT, 'crates')).map((name) => `crates/${name}/src`)];

/** Returns the modules below a directory: path in the crate, as `a::b`, and text. */
function modulesOf(directory) {
  const files = fs
    .readdirSync(directory, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.rs') && !/(^|[\\/])tests\.rs$/.test(file));
  return new Map(
    files.map((file) => {
      const names = file
        .slice(0, -'.rs'.length)
        .split(path.sep)
        .filter((name, at, all) => !(at === all.length - 1 && ['lib', 'mod'].includes(name)));
      return [names.join('::'), fs.readFileSync(path.join(directory, file), 'utf8')];
    }),
  );
}

/** Returns the paths that a text names, in `use` (where `{a, b::c}` stands for several) and elsewhere, as lists of names. */
function pathsIn(text) {
  const code = text.replace(/\/\/.*$/gm, '').split(/#\[cfg\(test\)\]\s*mod tests/)[0];
  const used = [...code.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => expanded(tree.replace(/\s+/g, ' ')));
  const named = [...code.matchAll(/\b(?:crate|super|self)(?:::\w+)+/g)].map(([name]) => name.split('::'));
  return [...used, ...named];
}

/** `a::{b, c::{d, e}}` -> `[[a, b], [a, c, d], [a, c, e]]` */
function expanded(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return tree.trim() === '' ? [] : [tree.split(' as ')[0].trim().split('::')];
  const before = tree
    .slice(0, open)
    .split('::')
    .map((name) => name.trim())
    .filter(Boolean);
  const branches = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < tree.length; at++) {
    if (tree[at] === '{') depth += 1;
    else if (tree[at] === '}') depth -= 1;
    if ((tree[at] === ',' && depth === 1) || (tree[at] === '}' && depth === 0)) {
      branches.push(tree.slice(start, at));
      start = at + 1;
    }
  }
  return branches.flatMap((branch) => expanded(branch).map((names) => [...before, ...names]));
}

/** Returns the path from the root of the crate that `names` means in the module `here`; `undefined` for other crates. */
function absolute(names, here) {
  if (names[0] === 'crate') return names.slice(1);
  if (names[0] === 'self') return [...here, ...names.slice(1)];
  const up = names.findIndex((name) => name !== 'super');
  return up > 0 ? [...here.slice(0, here.length - up), ...names.slice(up)] : undefined;
}

/** Module -> modules that it depends on, except for those that contain it or are inside it. */
function dependencies(modules) {
  const holds = (outer, inner) => outer === '' || inner === outer || inner.startsWith(`${outer}::`);
  return new Map(
    [...modules].map(([name, text]) => {
      const here = name === '' ? [] : name.split('::');
      const found = pathsIn(text)
        .map((names) => absolute(names, here))
        .filter(Boolean)
        .map((names) => {
          while (names.length > 0 && !modules.has(names.join('::'))) names = names.slice(0, -1);
          return names.join('::');
        });
      return [name, new Set(found.filter((other) => !holds(other, name) && !holds(name, other)))];
    }),
  );
}

/** Returns a cycle of modules, if there is one. */
function circle(graph) {
  const isDone = new Set();
  const follow = (name, chain) => {
    if (chain.includes(name)) return [...chain.slice(chain.indexOf(name)), name];
    if (isDone.has(name)) return undefined;
    for (const next of graph.get(name)) {
      const found = follow(next, [...chain, name]);
      if (found) return found;
    }
    isDone.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const found = follow(name, []);
    if (found) return found;
  }
  return undefined;
}

for (const crate of CRATES) {
  test(`${crate} has no circle of modules`, () => {
    const graph = dependencies(modulesOf(path.join(ROOT, crate)));
    assert.ok(
      [...graph.values()].some((others) => others.size > 0),
      'it finds the modules that a module uses',
    );
    assert.equal(circle(graph)?.join(' -> '), undefined);
  });
}

test('a circle is found', () => {
  const modules = new Map([
    ['', 'mod a; mod b; mod c;'],
    ['a', 'use crate::{c, b::{self, Thing}};'],
    ['b', 'use super::c::Other;'],
    ['c', 'fn f() { crate::a::g() }'],
  ]);
  assert.deepEqual(circle(dependencies(modules)), ['a', 'c', 'a']);
});
