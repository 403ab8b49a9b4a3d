'use strict';
// Searching and sorting by name, beside the obvious way to do it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { temporary } = require('./support/temporary.js');

// With and without punctuation, which is what names of plain objects are made with; longer than what is compared first.
const NEEDLES = ['a', 'A', 'w', 'IDGET', 'n', 'xx', ', ', '{', '{a, b', '"', 'É', 'naï', '\\u', 'two words', 'u0001', '\u{1F680}', 'nnnnnnnnnn', 'e}'];

const ids = ({ rows }) => rows.map(({ id }) => id);

test('find() finds what contains the text, in any case or in this one, and sorts by code units', async (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  for (let seed = 1; seed <= 12; seed++) {
    fs.writeFileSync(file, adversarial(seed).before);
    const snapshot = heapdump.openSync(file);
    const { rows } = snapshot.findSync();
    for (const name of NEEDLES) {
      const about = `seed ${seed}, ${JSON.stringify(name)}`;
      const expect = (holds) => rows.filter(holds).map(({ id }) => id);
      assert.deepEqual(ids(snapshot.findSync({ name })), expect((row) => row.name.toLowerCase().includes(name.toLowerCase())), about);
      assert.deepEqual(ids(snapshot.findSync({ name, caseSensitive: true })), expect((row) => row.name.includes(name)), about);
    }
    const sorted = [...rows].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
    assert.deepEqual(ids(snapshot.findSync({ sort: 'name' })), sorted.map(({ id }) => id), `seed ${seed}`);
    for (const offset of [0, 7, 150, rows.length - 3]) {
      assert.deepEqual(ids(snapshot.findSync({ sort: 'name', offset, limit: 5 })), sorted.slice(offset, offset + 5).map(({ id }) => id), `seed ${seed}, ${offset}`);
    }
    snapshot.close();
  }
});
