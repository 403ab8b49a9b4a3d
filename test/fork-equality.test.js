'use strict';
// A forked dump of an idle heap equals an inline one.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const heapdump = require('..');

const FORKS = { timeout: 300_000, skip: heapdump.capabilities().fork.available ? false : heapdump.capabilities().fork.reason };

/** A program with objects of several kinds that dumps itself by the given methods, one after the other. */
const program = (modes) => `
  const heapdump = require(${JSON.stringify(path.join(__dirname, '..'))});
  class Leaf { constructor(i) { this.i = i + 0.5; } }
  class Survivor {
    constructor(i, previous) {
      Object.assign(this, { previous, mark: ['survivor', i].join(' '), list: [i, { leaf: new Leaf(i) }], read: () => i });
    }
  }
  globalThis.kept = new Map();
  for (let i = 0, last; i < 3000; i++) globalThis.kept.set('key ' + i, last = new Survivor(i, i % 7 ? last : undefined));
  (async () => {
    for (const [i, mode] of ${JSON.stringify(modes)}.entries()) {
      const { path, method } = await heapdump.dump({ path: i + '.heapsnapshot', mode, fallback: false, deadlineMs: 240_000 });
      say('result', { path, method });
    }
  })();
`;

async function dumps(t, modes) {
  const app = start(t, temporary(t), program(modes));
  const files = [];
  for (const mode of modes) {
    const { path: file, method } = await app.said('result');
    assert.equal(method, mode);
    files.push(file);
  }
  return files;
}

/** Objects that V8 creates and changes at any time: code, shapes of objects. */
const OF_V8 = new Set(['code', 'object shape', 'hidden', 'native', 'synthetic']);

/** Returns the number of objects of each constructor and shallow size. */
function sizes(snapshot) {
  const counts = new Map();
  for (const { type, constructor, shallowSize } of snapshot.findSync({ limit: snapshot.nodeCount }).rows) {
    if (OF_V8.has(type)) continue;
    const key = `${constructor} of ${shallowSize} B`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Returns edges and objects from an object up to the roots, always the nearest. */
function chain(snapshot, id) {
  const steps = [];
  for (
    let {
      paths: [branch],
    } = snapshot.pathsToRootSync(id, { siblings: 1 });
    branch;
    [branch] = branch.children
  )
    steps.push(branch);
  return steps;
}

test('the same objects of the same sizes, with the same retainers', FORKS, async (t) => {
  const [, forkedFile, inlineFile] = await dumps(t, ['fork', 'fork', 'inline']);
  const [forked, inline] = [forkedFile, inlineFile].map((file) => heapdump.openSync(file));
  t.after(() => {
    forked.close();
    inline.close();
  });

  const [there, here] = [forked, inline].map(sizes);
  let differences = 0;
  for (const key of new Set([...there.keys(), ...here.keys()])) {
    const difference = Math.abs((there.get(key) ?? 0) - (here.get(key) ?? 0));
    if (/^(Survivor|Leaf) /.test(key)) assert.equal(difference, 0, key);
    differences += difference;
  }
  // Objects that a dump itself retains while it is taken: its options, promise, result.
  assert.ok(differences <= 100, `${differences} objects differ`);

  const leaves = forked.instancesSync('Leaf', { limit: 3000 }).rows.filter((_, at) => at % 3 === 0);
  assert.equal(leaves.length, 1000);
  for (const { id } of leaves) {
    const held = chain(forked, id);
    assert.ok(held.length >= 4, `${held.length} steps`);
    assert.deepEqual(chain(inline, id), held);
  }
});

test('survivors have the same ids in forked and inline dumps, in each order', FORKS, async (t) => {
  const files = await dumps(t, ['fork', 'inline', 'inline', 'fork', 'fork']);
  const [first, ...others] = files.map((file) => readSnapshot(file).idsBy('Survivor', 'mark'));
  assert.equal(first.size, 3000);
  for (const other of others) assert.deepEqual(other, first);
});
