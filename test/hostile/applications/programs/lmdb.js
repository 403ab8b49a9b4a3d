'use strict';
// A database in a memory-mapped file, with a writer thread.

const assert = require('node:assert/strict');

const KEYS = 50;

function start() {
  const { open } = require('lmdb');
  const store = open({ path: 'store', compression: true });
  return {
    async work(i) {
      const prefix = `batch ${String(i).padStart(8, '0')}`;
      const value = (key) => ({ key, text: `value ${key} of ${i} `.repeat(20), list: [i, key] });
      const writes = Array.from({ length: KEYS }, (_, key) => store.put([prefix, key], value(key)));
      assert.ok((await Promise.all(writes)).every(Boolean), 'each write is committed');
      await store.transaction(() => {
        for (let key = 1; key < KEYS; key += 2) store.remove([prefix, key]);
      });
      const rows = [...store.getRange({ start: [prefix, 0], end: [prefix, KEYS] })];
      assert.deepEqual(
        rows.map(({ key: [, key] }) => key),
        Array.from({ length: KEYS / 2 }, (_, n) => n * 2),
      );
      for (const {
        key: [, key],
        value: found,
      } of rows)
        assert.deepEqual(found, value(key));
      await store.transaction(() => {
        for (const { key } of rows) store.remove(key);
      });
      assert.equal(store.getCount({ start: [prefix, 0], end: [prefix, KEYS] }), 0);
    },
    stop: () => store.close(),
  };
}

module.exports = { start };
