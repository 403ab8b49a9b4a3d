'use strict';
// `trend()`: which objects grow over several snapshots of one process, and which only seem to.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { cleanEnvironment } = require('./support/app.js');
const { runSync } = require('./support/command.js');
const { temporary } = require('./support/temporary.js');

const fixture = (name) => path.resolve(__dirname, 'fixtures', name);
const [BEFORE, AFTER] = [fixture('node20.heapsnapshot.zst'), fixture('node20-later.heapsnapshot.zst')];
const SMALL = fixture('adversarial1.heapsnapshot.gz');

const run = (...args) => runSync(...args, { env: { ...cleanEnvironment(), NO_COLOR: '' } });

/** Three programs in one: each creates objects of its own class in every round. */
class Leaked {
  constructor(i) {
    this.text = `leaked ${i}`;
  }
}
class Cached {
  constructor(i) {
    this.text = `cached ${i}`;
  }
}
class Queued {
  constructor(i) {
    this.text = `queued ${i}`;
  }
}
class Registry {
  constructor() {
    this.entries = new Map();
  }
}
class Cache {
  constructor() {
    this.slots = new Array(200).fill(null);
  }
}
class Queue {
  constructor() {
    this.waiting = [];
  }
}

const registry = new Registry();
const cache = new Cache();
const queue = new Queue();

function work(round) {
  for (let i = 0; i < 100; i++) registry.entries.set(`key ${round} ${i}`, new Leaked(i));
  // Full from the first round on: new objects replace old ones.
  for (let i = 0; i < 300; i++) cache.slots[i % 200] = new Cached(i);
  queue.waiting = Array.from({ length: [50, 20, 30, 0][round] }, (_, i) => new Queued(i));
}

/** Takes snapshots in the middle of the work. */
async function worked(t, rounds) {
  const snapshots = [];
  t.after(() => {
    for (const snapshot of snapshots) snapshot.close();
  });
  for (let round = 0; round < rounds; round++) {
    work(round);
    snapshots.push(await heapdump.snapshot());
  }
  return snapshots;
}

test('a leak grows, a cache is stable, a queue is noisy', async (t) => {
  const snapshots = await worked(t, 4);
  const trend = await heapdump.trend(snapshots, { owners: Infinity });
  const of = (name) => trend.rows.find((row) => row.constructor === name);
  const leaked = of('Leaked');
  assert.deepEqual([leaked.verdict, leaked.count], ['growing', [100, 200, 300, 400]]);
  assert.deepEqual(leaked.survivors.count, [100, 100, 100, 100]);
  assert.deepEqual(leaked.stayed.count, [100, 100, 100, 100], 'what comes stays');
  const cached = of('Cached');
  assert.deepEqual([cached.verdict, cached.count], ['stable', [200, 200, 200, 200]]);
  assert.deepEqual(cached.survivors.count, [200, 0, 0, 0]);
  assert.deepEqual(cached.stayed.count, [0, 0, 0, 200], 'what comes goes');
  const queued = of('Queued');
  assert.deepEqual([queued.verdict, queued.count], ['noisy', [50, 20, 30, 0]]);
  assert.deepEqual(of('Registry').verdict, 'stable');

  // Replaced objects belong to the container that retains them, and to no ancestor.
  const keeping = (name) => trend.owners.rows.filter(({ example }) => example?.constructor === name);
  const [{ owner, ...leak }, ...others] = keeping('Leaked');
  assert.deepEqual([others, owner.constructor, leak.verdict], [[], 'Map', 'growing']);
  assert.ok(
    leak.count.every((count, i) => count >= i * 100),
    leak.count.join(),
  );
  assert.ok(
    leak.path.some(({ id }) => id === owner.id),
    'the owner is on the path to the example',
  );
  const [kept] = keeping('Cached');
  assert.deepEqual([kept.owner.constructor, kept.verdict], ['Array', 'stable']);
  const growing = trend.owners.rows.filter(({ verdict }) => verdict === 'growing');
  assert.equal(growing[0].owner.id, owner.id, 'what grows most comes first');
  assert.equal(trend.owners.totals.growing, growing.length);
});

test('paths, snapshots, async, sync and the command line agree', async (t) => {
  const before = heapdump.openSync(BEFORE);
  const after = heapdump.openSync(AFTER);
  t.after(() => {
    before.close();
    after.close();
  });
  // The last snapshot twice, so that nothing grows in the last step.
  const expected = await heapdump.trend([before, after, after], { owners: 20 });
  assert.deepEqual(JSON.parse(JSON.stringify(expected)), expected, 'plain data');
  assert.deepEqual(await heapdump.trend([BEFORE, after, AFTER]), expected);
  assert.deepEqual(heapdump.trendSync([before, AFTER, AFTER]), expected);
  const { status, stdout, stderr } = run('trend', BEFORE, AFTER, AFTER, '--json');
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(JSON.parse(stdout), expected);
  assert.deepEqual([before.closed, after.closed], [false, false]);

  const { totals, rows, snapshots } = expected;
  assert.equal(totals.growing + totals.noisy + totals.shrinking + totals.stable, totals.rowCount);
  assert.equal(rows.length, totals.rowCount);
  assert.equal(totals.growing, 0);
  assert.deepEqual(snapshots.nodeCount, [before.nodeCount, after.nodeCount, after.nodeCount]);
  for (const { count, shallowSize, survivors, stayed } of rows) {
    assert.equal(survivors.count[0], count[0]);
    assert.equal(
      stayed.count.reduce((sum, one) => sum + one),
      count.at(-1),
    );
    assert.equal(
      stayed.shallowSize.reduce((sum, one) => sum + one),
      shallowSize.at(-1),
    );
  }
  // The numbers of the last snapshot are those of its summary.
  const summary = new Map(after.summarySync().rows.map((row) => [row.classKey, row]));
  const { count, shallowSize, retainedSize } = summary.get(rows[0].classKey);
  assert.deepEqual(
    [rows[0].count.at(-1), rows[0].shallowSize.at(-1), rows[0].retainedSize.at(-1)],
    [count, shallowSize, retainedSize],
  );
});

test('rows are chosen and ordered', () => {
  const all = heapdump.trendSync([BEFORE, AFTER, AFTER], { owners: Infinity });
  const delta = (row, field = 'shallowSize') => row[field].at(-1) - row[field][0];
  const few = heapdump.trendSync([BEFORE, AFTER, AFTER], { limit: 3, offset: 2, owners: 2 });
  assert.deepEqual(few.rows, all.rows.slice(2, 5));
  assert.deepEqual(few.owners.rows, all.owners.rows.slice(0, 2));
  assert.deepEqual([few.totals, few.owners.totals], [all.totals, all.owners.totals]);
  const by = (sort, reverse) => heapdump.trendSync([BEFORE, AFTER, AFTER], { sort, reverse, owners: 0 }).rows;
  const isDescending = (numbers) => numbers.every((number, i) => i === 0 || numbers[i - 1] >= number);
  assert.ok(isDescending(by('sizeDelta').map((row) => delta(row))));
  assert.ok(isDescending(by('countDelta').map((row) => delta(row, 'count'))));
  assert.ok(isDescending(by('retainedDelta').map((row) => delta(row, 'retainedSize'))));
  assert.ok(isDescending(by('constructor', true).map((row) => row.constructor)));
});

test('the command line shows both tables', () => {
  const { status, stdout, stderr } = run('trend', BEFORE, AFTER, AFTER, '--limit=5', '--owners=3');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^3 snapshots +[\d.]+ MB → [\d.]+ MB → [\d.]+ MB$/m);
  assert.match(stdout, /^\{x, y, tag\} +noisy +0 → 30\d → 30\d /m);
  assert.match(stdout, /^5 of \d+ constructors shown; --limit=N shows more: 0 growing, \d+ noisy, \d+ shrinking, \d+ stable$/m);
  assert.match(stdout, /^3 of \d+ owners shown; --owners=N shows more: /m);
  assert.match(stdout, / @\d+ ← \S+ in \S+ ← /);
  const many = run('trend', ...Array(7).fill(SMALL), '--limit=1');
  assert.match(many.stdout, /^7 snapshots +([\d.]+ kB) → … → \1 → \1 → \1 → \1$/m);
  assert.deepEqual(run('trend', SMALL, SMALL).status, 2);
});

test('snapshots that cannot be compared are refused', async (t) => {
  const folder = temporary(t);
  const different = { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' };
  const strange = [BEFORE, AFTER, fixture('node22.heapsnapshot.zst')];
  await assert.rejects(heapdump.trend(strange), different);
  assert.throws(() => heapdump.trendSync(strange), different);
  assert.match(run('trend', ...strange).stderr, /ERR_HEAPDUMP_DIFFERENT_PROCESS/);
  await assert.rejects(heapdump.trend([SMALL, SMALL, path.join(folder, 'missing')]), { code: 'ENOENT' });
  const closed = heapdump.openSync(SMALL);
  closed.close();
  await assert.rejects(heapdump.trend([SMALL, closed, SMALL]), { code: 'ERR_HEAPDUMP_CLOSED' });
  await assert.rejects(heapdump.trend([SMALL, SMALL, closed]), { code: 'ERR_HEAPDUMP_CLOSED' });
  await assert.rejects(heapdump.trend([BEFORE, AFTER, AFTER], { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  for (const [args, code] of [
    [[SMALL], 'ERR_INVALID_ARG_TYPE'],
    [[undefined], 'ERR_INVALID_ARG_TYPE'],
    [[[SMALL, SMALL]], 'ERR_INVALID_ARG_VALUE'],
    [[[SMALL, , SMALL]], 'ERR_INVALID_ARG_TYPE'],
    [[[SMALL, SMALL, 5]], 'ERR_INVALID_ARG_TYPE'],
    [[[SMALL, SMALL, SMALL], { sort: 'beauty' }], 'ERR_INVALID_ARG_VALUE'],
    [[[SMALL, SMALL, SMALL], { owners: -1 }], 'ERR_OUT_OF_RANGE'],
  ]) {
    assert.throws(() => heapdump.trend(...args), { code }, String(args));
    assert.throws(() => heapdump.trendSync(...args), { code }, String(args));
  }
});
