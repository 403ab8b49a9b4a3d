'use strict';
// Messages between native code and JavaScript: both sides list the same kinds, and each kind has a handler.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { NOTICES, QUERIES, REQUESTS } = require('../lib/capture/message-kinds.js');
const { ROOT } = require('./support/temporary.js');

test('native code sends the notices that JavaScript lists', () => {
  const source = fs.readFileSync(path.join(ROOT, 'crates/capture/src/notice.rs'), 'utf8').split('#[cfg(test)]')[0];
  const sent = [...source.matchAll(/"kind": ?"(\w+)"|\{"kind":"(\w+)"/g)].map(([, inJson, inText]) => inJson ?? inText);
  assert.deepEqual([...new Set(sent)].sort(), NOTICES);
});

test('every kind has a handler, and an unknown one is refused', () => {
  require('..');
  require('../lib/capture/watch.js');
  const { handle, handlers } = require('../lib/capture/inbox.js');
  assert.deepEqual([...handlers.keys()].sort(), [...NOTICES, ...QUERIES, ...REQUESTS].sort());
  assert.throws(() => handle('unknown', () => {}), /does not list unknown/);
});
