// What findings say in Chinese: every sentence of the rules has its form.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The module of the page, without a page. */
async function load() {
  const entry = path.join(ROOT, 'web/src/words/findings-zh.ts');
  const [{ output: [{ code }] }] = await build({ configFile: false, logLevel: 'silent', build: { write: false, lib: { entry, formats: ['es'] } } });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

const { FORMS, PARTS, findingInChinese } = await load();

/** A form with nameless gaps; two side by side are one. */
const bare = (text) => text.replace(/\{[^}]*\}/g, '{}').replace(/(\{\})+/g, '{}');

/** Sentences that a rule puts together from what stands here. */
const COMPOSED = [
  '{} {} {}', '{} {} alive, {} % of the heap. Whether it grows, a second snapshot would show.', '{} in {} alone keeps',
  '{} objects of {}, such as the one in {}, together keep', 'The {} {} {}: {} entries, mostly {}, keep {} alive.{}',
  '{} objects of {} below {} keep {} alive: {}.', '{}, each with a store of AsyncLocalStorage ({}, {})', '{} is read by no living function{}',
  'each leads to the next by its property {}, so that all stay alive', ' An async hook fills it, {}, and {}.',
  // Who holds much of the heap of one snapshot.
  'holds much of the heap: {} entries, mostly {}, keep {} alive{}', '{} That is {} % of the heap: {}.{}', '{} alive, {} % of the heap: {}',
  '{} keeps {}.{}', 'The scope {}', '{} is the first of a chain of {} {}, which keeps {}.{}', 'the module {}',
  'The variables of {} together keep {}.{} No single one of them holds most of it.{}', '{} keep {}.{}', ' such as the one in {},',
  ' {} refers to them, and not alone.', ' All of these refer to them: {}.',
  // Where something is, as it stands in the path.
  'listeners of {}', 'store of AsyncLocalStorage{}',
  // What tells the living from the dead among the variables.
  '{}, which {} read by no living function{}',
];

test('every sentence of a rule has a form in Chinese', () => {
  const known = new Set([...FORMS, ...PARTS].map(([english]) => bare(english)));
  const rules = path.join(ROOT, 'crates/findings/src/rules');
  const missing = [];
  for (const file of fs.readdirSync(rules, { recursive: true }).filter((name) => name.endsWith('.rs'))) {
    const source = fs.readFileSync(path.join(rules, file), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    for (const [, format, literal] of source.matchAll(/(format!\(\s*)?"((?:[^"\\]|\\.)*)"/g)) {
      const text = bare(literal.replace(/\\"/g, '"'));
      // Words of V8 and of signatures are no sentences.
      const isSentence = format !== undefined ? /[a-z]{3,} [a-z{]/.test(text) : /^[A-Z][a-z]+ .+\.$/.test(text);
      if (isSentence && !known.has(text) && !COMPOSED.includes(text)) missing.push(`${file}: ${text}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('every label of code has a form in Chinese', () => {
  const known = new Set(FORMS.map(([english]) => bare(english)));
  const source = fs.readFileSync(path.join(ROOT, 'crates/findings/src/frame.rs'), 'utf8');
  const labels = [...source.matchAll(/Self::\w+ => (?:format!\()?"((?:[^"\\]|\\.)*? [^"]*)"/g)].map(([, label]) => bare(label));
  assert.ok(labels.length >= 7);
  assert.deepEqual(labels.filter((label) => !known.has(label)), []);
});

test('both languages say the same of the same', () => {
  for (const [english, chinese] of [...FORMS, ...PARTS]) {
    const gaps = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
    assert.deepEqual(gaps(chinese), gaps(english), english);
  }
});

test('a sentence is translated whole, with what it holds', () => {
  for (const [english, chinese] of [
    ['timers of `tick` are never cleared', '调用 `tick` 的定时器从未清除'],
    ['200 timers (45 → 120 → 200 from snapshot to snapshot) are waiting to call tick (app.js:3:7) and keep 2.1 MB alive, each with its `a` (Map, 2.1 kB) and `b` (string, 9 B): they are started again and again and never cleared.',
      '200 个定时器（各快照依次为 45 → 120 → 200）等待调用 tick (app.js:3:7)，使 2.1 MB 无法回收，每个都带着 `a` (Map, 2.1 kB) 和 `b` (string, 9 B)：它们被一再启动，却从未清除。'],
    ['The Map `cache` (app.js:1:7) only gains entries (10 → 20 from snapshot to snapshot): 20 entries, mostly promises that nobody settles, or the functions that would, keep 4.0 kB alive. Behind them waits work (b.js:1:2).',
      'Map `cache` (app.js:1:7) 只增不减（各快照依次为 10 → 20）：20 个条目（多为无人落定的 promise，或本应使其落定的函数）使 4.0 kB 无法回收。在其后等待的是 work (b.js:1:2)。'],
    ['`later` keeps `big`: a chain of 25 scopes of its function', '`later` 保留着 `big`：所属函数 的 25 个作用域连成一条链'],
    ['1,000 × later (app.js:3:7), reached through `kept`, keep 250 MB alive through the scope of `make`: all functions made in one scope share it, and with it `big` and `more` (app.js:2:9), which are read by no living function (a guess: the source has changed since) (only `old` did, and nothing can call it any more).',
      '1,000 × later (app.js:3:7)（经由 `kept` 可达）通过 `make` 的作用域使 250 MB 无法回收：同一作用域中创建的函数共享该作用域，并连带保留 `big` and `more` (app.js:2:9)（没有存活的函数会读取它们；这只是推测：源代码此后有改动；只有 `old` 读取过，而它已无法再被调用）。'.replace('`big` and `more`', '`big` 和 `more`')],
    ['`a {b}` holds 41 % of the heap', '`a {b}` 占堆的 41 %'],
  ]) assert.equal(findingInChinese(english), chinese);
  assert.equal(findingInChinese('Something else entirely.'), undefined);
  // Names are anything, also the words of a sentence, very long, or what a replacement would take for its own.
  assert.equal(findingInChinese('timers of `$& keep 1 B alive: {name}` are never cleared'), '调用 `$& keep 1 B alive: {name}` 的定时器从未清除');
  const from = performance.now();
  findingInChinese(`The Map \`${'a ('.repeat(1000)}\` ${'('.repeat(3000)}`);
  assert.ok(performance.now() - from < 5000, 'hostile names take no time');
});
