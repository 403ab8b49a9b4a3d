'use strict';
// Messages of findings in both languages: lib/messages.js and the engine render them equally.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { render } = require('../lib/messages.js');

const CRATE = path.resolve(__dirname, '../crates/findings');
const read = (file) => JSON.parse(fs.readFileSync(path.join(CRATE, file), 'utf8'));
const { cases } = read('src/message/cases.json');

for (const language of ['en', 'zh']) {
  test(`messages are filled in as the engine does it: ${language}`, () => {
    assert.ok(cases.length >= 20);
    for (const one of cases) assert.equal(render(language, one.messages), one[language]);
  });
}

test('both languages have the same texts with the same arguments, in the same order', () => {
  const [english, chinese] = [read('messages/en.json').messages, read('messages/zh.json').messages];
  assert.deepEqual(Object.keys(chinese), Object.keys(english));
  const args = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();
  for (const [id, text] of Object.entries(english)) assert.deepEqual(args(chinese[id]), args(text), id);
});

test('names can be anything: words of a text, placeholders, members of every object', () => {
  const title = (name) => render('en', [{ id: 'timers.title', args: { function: name } }]);
  assert.equal(title('$& keep 1 B alive: {name} [a]'), 'timers of `$& keep 1 B alive: {name} [a]` are never cleared');
  assert.equal(render('en', [{ id: 'constructor', args: {} }]), 'constructor');
  assert.equal(
    render('en', [{ id: 'collection.each', args: { bytes: 1, name: 'a', class: 'constructor' } }]),
    ', 1 B each, mostly in `a` (constructor)',
  );
  let deep = { id: 'retainer', args: { name: 'a' } };
  for (let i = 0; i < 10_000; i++) deep = { id: 'retainer', args: { name: deep } };
  assert.equal(render('en', [deep]), 'retainer');
});
