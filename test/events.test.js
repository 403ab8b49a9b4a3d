'use strict';
// `on`, `once`, `off` and `removeListener` of the package, used by Node's own helpers for emitters.

const assert = require('node:assert/strict');
const path = require('node:path');
const { on, once } = require('node:events');
const { test } = require('node:test');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');
const { emitter } = require('../lib/capture/events.js');
const { temporary } = require('./support/temporary.js');

const counts = () => ['dump', 'error'].map((event) => emitter.listenerCount(event));

test('`once` of node:events waits for a dump and leaves no listener behind', async (t) => {
  const directory = temporary(t);
  const next = once(heapdump, 'dump');
  assert.deepEqual(counts(), [1, 1]);
  const result = await heapdump.dump({ path: path.join(directory, 'a.heapsnapshot') });
  assert.deepEqual(await next, [result]);
  assert.deepEqual(counts(), [0, 0]);
});

test('`once` of node:events rejects for a dump that fails, and leaves no listener behind', async (t) => {
  const next = once(heapdump, 'dump');
  await assert.rejects(heapdump.dump({ path: path.join(temporary(t), 'missing', 'a.heapsnapshot') }), { code: 'ENOENT' });
  await assert.rejects(next, { code: 'ENOENT' });
  assert.deepEqual(counts(), [0, 0]);
});

test('`once` and `on` of node:events that are aborted leave no listener behind', async () => {
  for (const wait of [(signal) => once(heapdump, 'dump', { signal }), (signal) => on(heapdump, 'dump', { signal }).next()]) {
    const controller = new AbortController();
    const next = wait(controller.signal);
    assert.notDeepEqual(counts(), [0, 0]);
    controller.abort();
    await assert.rejects(next, { name: 'AbortError' });
    assert.deepEqual(counts(), [0, 0]);
  }
});

test('removeListener removes a listener of `on`, and can be chained', () => {
  const listener = () => {};
  assert.equal(heapdump.on('dump', listener).removeListener('dump', listener), heapdump);
  assert.deepEqual(counts(), [0, 0]);
});
