'use strict';
// Compares searching and sorting by name with a straightforward implementation.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { temporary } = require('./support/temporary.js');

// With and without the punctuation in names of plain objects; longer than the prefix that is compared first.
const NEEDLES = [
  'a',
  'A',
  'w',
  'IDGET',
  'n',
  'xx',
  ', ',
  '{',
  '{a, b',
  '"',
  'É',
  'naï',
  '\\u',
  'two words',
  'u0001',
  '\u{1F680}',
  'nnnnnnnnnn',
  'e}',
];

const ids = ({ rows }) => rows.map(({ id }) => id);

test('find() finds names that contain the text, ignoring case or not, and sorts by code units', async (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  for (let seed = 1; seed <= 12; seed++) {
    fs.writeFileSync(file, adversarial(seed).before);
    const snapshot = heapdump.openSync(file);
    const { rows } = snapshot.findSync();
    for (const name of NEEDLES) {
      const about = `seed ${seed}, ${JSON.stringify(name)}`;
      const expect = (holds) => rows.filter(holds).map(({ id }) => id);
      assert.deepEqual(
        ids(snapshot.findSync({ name })),
        expect((row) => row.name.toLowerCase().includes(name.toLowerCase())),
        about,
      );
      assert.deepEqual(
        ids(snapshot.findSync({ name, caseSensitive: true })),
        expect((row) => row.name.includes(name)),
        about,
      );
    }
    const sorted = [...rows].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
    assert.deepEqual(
      ids(snapshot.findSync({ sort: 'name' })),
      sorted.map(({ id }) => id),
      `seed ${seed}`,
    );
    for (const offset of [0, 7, 150, rows.length - 3]) {
      assert.deepEqual(
        ids(snapshot.findSync({ sort: 'name', offset, limit: 5 })),
        sorted.slice(offset, offset + 5).map(({ id }) => id),
        `seed ${seed}, ${offset}`,
      );
    }
    snapshot.close();
  }
});

test('a text is found across the pieces of concatenated strings', async (t) => {
  const pieces = [
    'some first piece ',
    'goes on as so',
    'on piece, \u00c4',
    'rger im K',
    '\u212Aelvin ',
    'a',
    'b',
    'c',
    ' end of it',
  ];
  const join = (at) => pieces.slice(0, at).reduce((text, piece, nth) => text + piece + (nth === 6 ? at : ''), `${at} begins here `);
  const ropes = pieces.map((_, at) => join(at + 1));
  const file = path.join(temporary(t), 'a.heapsnapshot');
  await heapdump.dump({ path: file });
  assert.equal(ropes.length, pieces.length); // alive until here
  const snapshot = heapdump.openSync(file);
  const type = 'concatenated string';
  const { rows } = snapshot.findSync({ type });
  assert.ok(rows.filter(({ name }) => name.includes('begins here some first piece goes on')).length >= 5);
  const needles = [
    'here some',
    'piece goes',
    'soon',
    'SOON piece',
    'first piece goes on as soon',
    '\u00e4rger',
    '\u00c4RGER',
    'piece, \u00e4',
    'im kk',
    'kelvin abc',
    'n a',
    'ab',
    'bc',
    'c end',
    'e',
    'zzqq',
    '\u00e9\u00e9',
    '\u8ba2\u5355',
  ];
  for (const name of needles) {
    const lower = name.toLowerCase();
    const found = (options) => ids(snapshot.findSync({ type, name, ...options }));
    assert.deepEqual(
      found(),
      rows.filter((row) => row.name.toLowerCase().includes(lower)).map(({ id }) => id),
      name,
    );
    assert.deepEqual(
      found({ caseSensitive: true }),
      rows.filter((row) => row.name.includes(name)).map(({ id }) => id),
      name,
    );
  }
  snapshot.close();
});
