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
  'The variables of {} together keep {}.{} No single one of them holds most of it.{}', '{} keep {}.{}', 'such as the one in {},',
  '{} refers to them, and not alone.', ' All of these refer to them: {}.',
  '{} objects of {}, such as the one in {}, together keep', 'The {} {} {}.{}',
  '{} is read by no living function{}',
  // What a collection became.
  'holds much of the heap: {} entries, mostly {}, keep {} alive{}', 'only gains entries{}: {} entries, mostly {}, keep {} alive{}',
  'only gains entries: its table takes {} by now. The entries are small numbers, which a snapshot does not show',
  'keeps the places of entries that were deleted: they take {}. `delete`, or setting an entry to `undefined` or `null`, leaves its place, and the length only grows',
  'An async hook fills it, {}, and {}.', 'modules{}', ' of `data:` URLs', ' such as {}', ', mostly in {} ({})', '{} each{}', ', {} each{}',
  '{}, for each {}', '{}, each with a store of AsyncLocalStorage ({}, {})', ', and {} more',
  '{}, {}, {} %', 'objects of {}',
  // Where something is, as it stands in the path.
  'listeners of {}', 'store of AsyncLocalStorage{}',
  // What tells the living from the dead among the variables.
  '{}, which {} read by no living function{}',
];

/** Whether each sentence of a text, or several together, are known; what follows them may be filled in. */
function isCovered(text, known) {
  if (text === '' || known.has(text) || known.has(text.replace(/\.(\{\})+$/, '.')) || COMPOSED.includes(text)) return true;
  for (let at = text.indexOf('. '); at >= 0; at = text.indexOf('. ', at + 1)) {
    if (known.has(text.slice(0, at + 1)) && isCovered(text.slice(at + 2), known)) return true;
  }
  return false;
}

test('every sentence of a rule has a form in Chinese', () => {
  const known = new Set([...FORMS, ...PARTS].map(([english]) => bare(english).trim()));
  const crate = path.join(ROOT, 'crates/findings/src');
  const rules = fs.readdirSync(path.join(crate, 'rules'), { recursive: true }).filter((name) => name.endsWith('.rs'));
  const missing = [];
  for (const file of [...rules.map((name) => `rules/${name}`), 'explain.rs', 'conclusion.rs', 'conclusion/owners.rs']) {
    const [code] = fs.readFileSync(path.join(crate, file), 'utf8').replace(/^\s*\/\/.*$/gm, '').split('#[cfg(test)]');
    for (const [, format, literal] of code.matchAll(/(format!\(\s*|sentence,\s*)?"((?:[^"\\]|\\.)*)"/g)) {
      const text = bare(literal.replace(/\\"/g, '"')).trim();
      // Words of V8 and of signatures are no sentences.
      const isSentence = format !== undefined ? /[a-z]{3,} [a-z{]/.test(text) : /^[A-Z][a-z]+ .+\.$/.test(text);
      if (isSentence && !isCovered(text, known) && !COMPOSED.includes(literal)) missing.push(`${file}: ${text}`);
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
    // Sentences that follow one another are translated one by one.
    ['The array `s` in Node\'s streams only gains entries (1 → 9 from snapshot to snapshot): 9 entries, mostly Chunk, keep 9.1 kB alive, 1.0 kB each, mostly in `data` (Buffer). Entries are added in `a. B` (a.js:1:2). The same objects are also held by: `x` (b.js:1:2), the listeners of "a. b" on a Socket of Node\'s sockets and `y`, and 2 more. This explains 1.0 kB of the 1.1 kB that the heap gains a step.',
      '数组 Node 的流中的 `s` 只增不减（各快照依次为 1 → 9）：9 个条目（多为 Chunk）使 9.1 kB 无法回收，每个 1.0 kB，主要在 `data` (Buffer) 中。条目在 `a. B` (a.js:1:2) 中添加。同样的对象还由以下各处持有：`x` (b.js:1:2)、Node 的套接字的 Socket 上事件 "a. b" 的监听器 和 `y`，以及另外 2 处。这解释了堆每步新增 1.1 kB 中的 1.0 kB。'],
    ['Most of them are the `socket` of a Client (a.js:1:2).', '其中大多数是 Client (a.js:1:2) 的 `socket`。'],
    ['The heap grew from 10.0 MB to 14.0 MB in 2 steps: 2.0 MB of new objects came and stayed in each step. The leaks below explain only 500 kB of it. Suspects: `a` (app.js:1:7); `b` in Node\'s timers.',
      '堆在 2 步中从 10.0 MB 增至 14.0 MB：每步都有 2.0 MB 的新对象出现并留了下来。下列泄漏只解释了其中的 500 kB。可疑来源：`a` (app.js:1:7)；Node 的定时器中的 `b`。'],
    ['The heap has 10.0 MB. One snapshot shows who holds memory, not what grows. Largest owners: `a` (app.js:1:7), 4.0 MB, 40 %; objects of `Function`, 2.0 MB, 20 %. A sentence of tomorrow.',
      '堆大小为 10.0 MB。单个快照只能看出谁占用内存，看不出什么在增长。最大的所有者：`a` (app.js:1:7)，4.0 MB，40 %； `Function` 的对象，2.0 MB，20 %。 A sentence of tomorrow. '],
  ]) assert.equal(findingInChinese(english), chinese);
  assert.equal(findingInChinese('Something else entirely.'), undefined);
  // Names are anything, also the words of a sentence, very long, or what a replacement would take for its own.
  assert.equal(findingInChinese('timers of `$& keep 1 B alive: {name}` are never cleared'), '调用 `$& keep 1 B alive: {name}` 的定时器从未清除');
  const from = performance.now();
  findingInChinese(`The Map \`${'a ('.repeat(1000)}\` ${'('.repeat(3000)}`);
  assert.ok(performance.now() - from < 5000, 'hostile names take no time');
});
