'use strict';
// The rows of a tree of lists, compared with a straightforward implementation.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { TreeRows } = require('../lib/tree-rows.js');

class Numbered extends TreeRows {
  #count;
  constructor(count, parent, at) {
    super(parent, at);
    this.#count = count;
  }
  get ownLength() {
    return this.#count;
  }
}

/** Returns all rows: each is followed by the rows of the list that is open below it. */
function written(list) {
  return Array.from({ length: list.ownLength }, (_, at) => {
    const below = list.below(at);
    return [{ branch: list, at }, ...(below ? written(below) : [])];
  }).flat();
}

/** Returns a generator of the same pseudo-random numbers in every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function check(root) {
  const lines = written(root);
  assert.equal(root.length, lines.length);
  lines.forEach(({ branch, at }, line) => {
    const found = root.locate(line);
    assert.ok(found.branch === branch && found.at === at, `line ${line}`);
    assert.equal(branch.lineOf(at), line);
  });
}

test('lines of rows and rows of lines, whatever is opened and closed', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed);
    const root = new Numbered(1 + next(6));
    for (let step = 0; step < 25; step++) {
      const { branch, at } = root.locate(next(root.length));
      if (next(3) === 0) branch.close(at);
      else branch.open(new Numbered(next(5), branch, at));
      check(root);
    }
  }
});

test('a list that is opened again takes the place of the one before', () => {
  const root = new Numbered(3);
  root.open(new Numbered(2, root, 1));
  root.open(new Numbered(4, root, 1));
  assert.equal(root.length, 7);
  assert.equal(root.below(1).depth, 1);
  root.close(1);
  assert.equal(root.length, 3);
});

test('a line beyond the last row is of the list whose last line it is', () => {
  const root = new Numbered(2);
  const list = new Numbered(1, root, 0);
  root.open(list);
  assert.deepEqual([root.locate(1).branch === list, root.locate(2).at], [true, 1]);
  assert.equal(root.locate(9).at, 8);
});
