// `heapdump-rs inspect` on a real terminal. What keys do to the views is tested in test/inspect.test.js, without one.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Session } from './session.js';

const require = createRequire(import.meta.url);
const heapdump = require('../../index.js');
const { MARK, SECRET, writeHostile } = require('../../test/support/hostile.js');
const FIXTURES = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../test/fixtures');
const [BEFORE, AFTER] = ['', '-later'].map((later) => path.join(FIXTURES, `node20${later}.heapsnapshot.zst`));

const integer = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

function temporary(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-inspect-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** A file that is loaded before the program, to make it do what it should not. */
function preload(t, code) {
  const file = path.join(temporary(t), 'preload.cjs');
  fs.writeFileSync(file, code);
  return ['--require', file];
}

/** The terminal is the shell's again: screen, cursor, wrapping, settings. */
function assertGivenBack(session, { isRestored }) {
  assert.equal(session.isFull, false);
  assert.equal(isRestored, true);
  assert.ok(session.written.lastIndexOf('\u001b[?25h') > session.written.lastIndexOf('\u001b[?25l'), 'the cursor is shown');
  assert.ok(session.written.lastIndexOf('\u001b[?7h') > session.written.lastIndexOf('\u001b[?7l'), 'lines wrap');
}

test('two snapshots: findings first, then every view by its key, with the numbers of the API', async (t) => {
  const session = new Session(t, [BEFORE, AFTER], { columns: 120 });
  await session.until(/1 Findings.*9 Search/);
  assert.equal(session.isFull, true);
  assert.match(session.lines[0], /node20\.heapsnapshot\.zst → node20-later\.heapsnapshot\.zst .* objects$/);

  session.press('2');
  const { rows } = heapdump.analyzeSync(AFTER, { limit: 10 });
  await session.until(/Constructor +Distance +Shallow Size +Retained Size/);
  await session.until((text) => text.includes(integer(rows[9].retainedSize)));
  rows.forEach((row, i) => {
    assert.ok(session.lines[4 + i].includes(`${row.constructor} ×${integer(row.count)}`), session.lines[4 + i]);
    assert.ok(session.lines[4 + i].includes(integer(row.retainedSize)), session.lines[4 + i]);
  });
  session.press('right', 'down');
  await session.until(/▾ .*\n +▸ .*@\d+/);
  session.press('r');
  await session.until(/^of .*@\d+$/m);
  session.press('d');
  await session.until(/6 Dominators[^]*@1 /);
  session.press('escape');
  await session.until(/Distance ▼/);

  session.press('3');
  const {
    rows: [changed],
  } = heapdump.diffSync(BEFORE, AFTER, { limit: 1 });
  await session.until(/# New +# Deleted +# Delta +Alloc\. Size ▼ +Freed Size +Size Delta/);
  await session.until((text) => text.includes(changed.constructor) && text.includes(integer(changed.addedSize)));
  session.press('4');
  await session.until(/from the root[^]*:: .*@\d+/);
  session.press('7');
  await session.until(/Typed arrays +[\d,]+ +\d+ %/);
  session.press('8');
  await session.until(/"…" \d+ characters/);
  session.press('/', 'map', 'enter');
  await session.until(/whose name contains map[^]*▸/i);
  session.press('?');
  await session.until(/Retainers of the object/);
  session.press('j'); // not Esc: with what follows it would be another key
  await session.until(/whose name contains map/);
  session.press('q');
  const end = await session.end();
  assert.equal(end.status, 0);
  assertGivenBack(session, end);
});

test('Chinese by the environment: wide characters do not move the columns', async (t) => {
  const file = writeHostile(path.join(temporary(t), 'hostile.heapsnapshot'));
  const session = new Session(t, [file], { env: { LANG: 'zh_CN.UTF-8' }, columns: 80, rows: 40 });
  await session.until(/1 发现 2 摘要 3 比较 4 控制 5 保留器 6 支配者 7 统计信息 8 重复字符串 9 搜索/);
  session.press('2');
  await session.until(/构造函数 +距离 +浅层大小 +保留的大小/);
  await session.until(/漢字クラス ×1/);
  const rows = session.lines.map((line, row) => ({ line, row })).filter(({ line }) => /^▸/.test(line));
  assert.ok(rows.length > 15);
  for (const { line, row } of rows) assert.equal(session.endOf(row), 80, line);
  session.press('q');
  assert.equal((await session.end()).status, 0);
});

test('names of a snapshot are shown, not obeyed; contents come on demand', async (t) => {
  const file = writeHostile(path.join(temporary(t), 'hostile.heapsnapshot'));
  const session = new Session(t, [file], { columns: 100, rows: 60 });
  await session.until(/1 Findings/);
  session.press('2');
  await session.until(/\\u\{1b\}\]0;/);
  session.press('end', 'right');
  session.press('4', 'right');
  await session.until(/global :: global @3/);
  session.press('down', 'right');
  await session.until(/secret :: "…"/);
  assert.ok(!session.text.includes(SECRET));
  session.press('v');
  await session.until((text) => text.includes(SECRET));
  session.press('8');
  await session.until((text) => text.includes(`${SECRET} \\u{1b}]52;`));
  session.press('v');
  await session.until((text) => !text.includes(SECRET));
  session.press('q');
  const end = await session.end();
  assertGivenBack(session, end);

  assert.deepEqual(session.titles, []);
  assert.ok(session.written.includes(MARK));
  // What remains without our own sequences is text.
  const own = /\u001b\[(?:\d+(?:;\d+)?H|[0-3]?[JK]|\d*m|\?(?:1049|2026|25|7)[hl])/g;
  const rest = Buffer.from(session.written, 'latin1').toString().replace(own, '').replace(/\r\n/g, '');
  assert.doesNotMatch(rest, /\p{Cc}/u);
  assert.ok(session.written.length < 200_000, `${session.written.length} bytes for a name of a megabyte`);
});

test('resizing draws everything anew, at any size', async (t) => {
  const session = new Session(t, [AFTER], { columns: 100, rows: 30 });
  await session.until(/1 Findings/);
  session.press('2');
  await session.until(/▸ .*\n▸ /);
  for (const [columns, rows] of [
    [60, 12],
    [160, 50],
    [20, 5],
    [1, 1],
    [300, 3],
    [80, 24],
  ]) {
    session.resize(columns, rows);
    if (rows > 5 && columns > 40) await session.until((text) => /^.*objects\n.*Summary[^]* 1 \/ \d+$/.test(text));
  }
  await session.until((text) => text.split('\n').length === 24 && /Retained Size ▼\n▸/.test(text));
  assert.equal(session.endOf(4), 80);
  session.press('q');
  assertGivenBack(session, await session.end());
});

test('progress while a file is read, and keys that stop it', async (t) => {
  // Read to its middle, the file is not there yet: a pipe.
  const file = path.join(temporary(t), 'slow.heapsnapshot');
  fs.copyFileSync(AFTER, file);
  const node = preload(
    t,
    `
    const binding = require(${JSON.stringify(path.resolve(FIXTURES, '../../lib/analysis/snapshot.js'))});
    binding.open = (file, { onProgress, signal }) => new Promise((resolve, reject) => {
      onProgress({ stage: 'read', done: 1, total: 4 });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  `,
  );
  for (const [key, status] of [
    ['q', 0],
    ['ctrl-c', 130],
  ]) {
    const session = new Session(t, [file], { node });
    await session.until(/slow\.heapsnapshot\n +█{10}░{30}\n +reading +25 %/);
    session.press(key);
    const end = await session.end();
    assert.equal(end.status, status);
    assertGivenBack(session, end);
  }
});

test('a file that cannot be read: the terminal is given back, then the error', async (t) => {
  const session = new Session(t, [path.join(temporary(t), 'missing.heapsnapshot')]);
  const end = await session.end();
  assert.equal(end.status, 3);
  assertGivenBack(session, end);
  assert.match(session.text, /heapdump-rs: .*ENOENT/);
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
  test(`${signal} gives the terminal back`, async (t) => {
    const session = new Session(t, [AFTER]);
    await session.until(/1 Findings/);
    session.signal(signal);
    const end = await session.end();
    assert.equal(end.signal, constants.signals[signal]);
    assertGivenBack(session, end);
  });
}

test('Ctrl-C gives the terminal back', async (t) => {
  const session = new Session(t, [AFTER]);
  await session.until(/1 Findings/);
  session.press('/', 'text', 'ctrl-c');
  const end = await session.end();
  assert.equal(end.status, 130);
  assertGivenBack(session, end);
});

test('an error of the program gives the terminal back, and is told', async (t) => {
  const app = JSON.stringify(path.resolve(FIXTURES, '../../lib/cli/inspect/app.js'));
  const cases = {
    'while drawing': `require(${app}).App.prototype.frame = () => { throw new Error('a bug'); };`,
    'on a key': `require(${app}).App.prototype.key = () => { throw new Error('a bug'); };`,
    'that nobody catches': `process.on('SIGUSR1', () => { throw new Error('a bug'); });`,
  };
  for (const [name, code] of Object.entries(cases)) {
    const session = new Session(t, [AFTER], { node: preload(t, code) });
    if (name !== 'while drawing') await session.until(/1 Findings/);
    if (name === 'on a key') session.press('j');
    if (name === 'that nobody catches') session.signal('SIGUSR1');
    const end = await session.end();
    assert.ok(end.status > 0, name);
    assertGivenBack(session, end);
    assert.match(session.text, /a bug/, name);
  }
});

test('without colours where they are not wanted', async (t) => {
  const session = new Session(t, [AFTER], { env: { NO_COLOR: '1' } });
  await session.until(/1 Findings/);
  session.press('4');
  await session.until(/:: /);
  session.press('q');
  await session.end();
  assert.doesNotMatch(session.written, /\u001b\[3\dm/);
});

test('the built file needs nothing but Node', () => {
  const built = fs.readFileSync(path.resolve(FIXTURES, '../../terminal/dist/inspect.cjs'), 'utf8');
  const wanted = [...built.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name);
  assert.deepEqual(
    wanted.filter((name) => !require('node:module').isBuiltin(name)),
    [],
  );
  assert.ok(built.length < 60_000, `${built.length} bytes`);
});
