'use strict';
// `dump({ allocationStacks })`: tracks allocations for some time, and leaves no tracker behind.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const inspector = require('node:inspector');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('heapdump-rs');
const session = require('../lib/capture/session.js');
const { temporary } = require('./support/temporary.js');

const SECONDS = 0.3;
/** Whether `writeSnapshot()` ends tracking, because V8 has no other command that does not wait for the event loop. */
const { IS_DEFERRED } = session;

class Parcel {
  constructor() {
    this.contents = {};
  }
}

/** Objects from before the tests keep their ids. */
const old = new Parcel();
const kept = [old];

function pack(count) {
  for (let i = 0; i < count; i++) kept.push(new Parcel());
}

const dumpTo = (file, more) => heapdump.dump({ path: file, force: true, ...more });

function opened(t, file) {
  const snapshot = heapdump.openSync(file);
  t.after(() => snapshot.close());
  return snapshot;
}

const names = (frames) => frames.map((frame) => frame.function);

test('the snapshot has the stacks of the objects that were allocated meanwhile', async (t) => {
  const directory = temporary(t);
  const [first, tracked, last] = ['first', 'tracked', 'last'].map((name) => path.join(directory, `${name}.heapsnapshot`));
  await dumpTo(first);
  const pending = dumpTo(tracked, { allocationStacks: { seconds: SECONDS } });
  pack(20);
  const result = await pending;
  assert.equal(result.method, 'inline');
  assert.equal(session.isTracking(), false);
  await dumpTo(last);

  const snapshot = opened(t, tracked);
  const stacks = snapshot.instancesSync('Parcel').rows.map(({ id }) => snapshot.allocationStackSync(id));
  assert.equal(stacks.filter((stack) => stack === null).length, 1, 'only the old one has no stack');
  // The constructor allocates only the contents.
  for (const stack of stacks.filter(Boolean)) assert.ok(names(stack).slice(0, 2).includes('pack'), names(stack).join());

  // DevTools refuses a snapshot with more functions than its header states.
  const { snapshot: header, trace_function_infos: infos } = JSON.parse(fs.readFileSync(tracked, 'utf8'));
  assert.ok(header.trace_function_count >= infos.length / header.meta.trace_function_info_fields.length);

  const ids = [first, tracked, last].map((file) => {
    const all = opened(t, file).instancesSync('Parcel', { sort: 'id' }).rows;
    return all[0].id;
  });
  assert.deepEqual(new Set(ids).size, 1, 'objects keep their ids');
  assert.equal(opened(t, last).allocationsSync().totals.rowCount, 0, 'V8 tracks no more');
});

test('an abort ends the tracking, and leaves no file', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'aborted.heapsnapshot');
  const controller = new AbortController();
  const pending = dumpTo(file, { allocationStacks: { seconds: 1000 }, signal: controller.signal });
  assert.equal(session.isTracking(), true);
  controller.abort();
  await assert.rejects(pending, { code: 'ABORT_ERR' });
  assert.equal(session.isTracking(), false);
  assert.equal(fs.existsSync(file), false);
});

test('a dump that fails ends the tracking', async (t) => {
  const file = path.join(temporary(t), 'missing/directory/x.heapsnapshot');
  await assert.rejects(dumpTo(file, { allocationStacks: { seconds: 0.01 } }), { code: 'ENOENT' });
  assert.equal(session.isTracking(), false);
});

test('only one dump tracks allocations, and no other snapshot is taken meanwhile', async (t) => {
  const directory = temporary(t);
  const [one, two, three] = ['one', 'two', 'three'].map((name) => path.join(directory, `${name}.heapsnapshot`));
  const pending = dumpTo(one, { allocationStacks: { seconds: SECONDS } });
  await assert.rejects(dumpTo(two, { allocationStacks: { seconds: SECONDS } }), { code: 'ERR_HEAPDUMP_BUSY' });
  assert.ok(heapdump.writeSnapshot(three));
  if (IS_DEFERRED) await assert.rejects(pending, { code: 'ERR_HEAPDUMP_BUSY' });
  else await pending;
  assert.equal(fs.existsSync(two), false);
});

test('it is refused while a debugger can connect', async (t) => {
  const file = path.join(temporary(t), 'x.heapsnapshot');
  inspector.open(0, '127.0.0.1');
  try {
    await assert.rejects(dumpTo(file, { allocationStacks: { seconds: SECONDS } }), { code: 'ERR_HEAPDUMP_PROFILER' });
  } finally {
    inspector.close();
  }
});

test('options that exclude it, and wrong times', () => {
  const dump = (more) => () => heapdump.dump({ allocationStacks: { seconds: 1 }, ...more });
  for (const more of [{ to: '-' }, { threads: 'all' }, { mode: 'fork' }, { mode: 'image' }, { fallback: 'image' }])
    assert.throws(dump(more), { code: 'ERR_INVALID_ARG_VALUE' }, JSON.stringify(more));
  for (const allocationStacks of [{}, { seconds: 0 }, { seconds: -1 }, { seconds: NaN }, { seconds: 1e9 }])
    assert.throws(dump({ allocationStacks }), { code: 'ERR_INVALID_ARG_VALUE' }, JSON.stringify(allocationStacks));
  for (const allocationStacks of [true, 20, { seconds: '20' }])
    assert.throws(dump({ allocationStacks }), { code: 'ERR_INVALID_ARG_TYPE' }, JSON.stringify(allocationStacks));
});
