// Reports of three sizes in a browser: every view shows what the API tells, to everybody.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { barriers, dataOf, go, heapdump, launch, open, ready, report, snapshotsOf, temporaryFolder, views } from './support.mjs';

/** Of the page without data. */
const BUDGET_GZIP = 400e3;

let folder;
let browser;
let classic;
const pages = {};
before(async () => {
  folder = temporaryFolder();
  browser = await launch();
  classic = snapshotsOf('classic', folder);
  pages.small = { files: snapshotsOf('small', folder) };
  pages.medium = { files: snapshotsOf('classic', folder, '3') };
  pages.large = { files: snapshotsOf('many', folder) };
  for (const [name, page] of Object.entries(pages)) page.html = report(page.files, path.join(folder, `${name}.html`));
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

test('the page without data keeps within its budget', () => {
  const page = fs.readFileSync(new URL('../dist/report.html', import.meta.url));
  assert.ok(zlib.gzipSync(page).length <= BUDGET_GZIP, `${zlib.gzipSync(page).length} bytes`);
});

test('the page is in the package, and its sources are not', () => {
  const { status, stdout } = spawnSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  const files = JSON.parse(stdout)[0].files.map((file) => file.path);
  assert.deepEqual(
    files.filter((file) => file.startsWith('web/')),
    ['web/dist/report.html'],
  );
});

test('a newcomer with two snapshots finds the classic leak on the first screen, without scrolling', async (t) => {
  const html = report(classic, path.join(folder, 'classic.html'));
  const page = await open(t, browser, html, { width: 1280, height: 800 });
  const inSight = async (text) => {
    const found = page.getByText(text).first();
    const box = await found.boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 800 && box.x + box.width <= 1280, `${text} is at ${JSON.stringify(box)}`);
  };
  assert.equal(await page.getAttribute('#tab-findings', 'aria-selected'), 'true');
  await inSight('1 leak found');
  await inSight('victimBefore');
  await inSight('Why it is alive');
  await inSight('Fix');
  await inSight(/classic\.cjs:20:9/);
  assert.match(
    await page.locator('.verdict .conclusion').innerText(),
    /^The heap grew from .* in one step: .* of new objects were retained\. .*take a third after the same work\.$/s,
  );
  const card = await page.locator('.card.first').innerText();
  assert.match(card, /explains [\d.]+ [kM]?B of [\d.]+ [kM]?B that the heap gains a step/);
  assert.match(card, /victimMethod keeps victimBefore/);
  assert.match(card, /Set victimBefore to null/);
  const chain = await page.$$eval('.card.first .chain .step', (steps) => steps.map((step) => step.textContent));
  assert.match(chain[0], /victimHolder.*Victim @\d+/);
  assert.match(chain.at(-1), /victimBefore.*Victim @\d+/);
  const code = page.locator('.card.first .code');
  assert.match(await code.innerText(), /classic\.cjs:20:9/);
  assert.deepEqual(await code.locator('mark').allTextContents(), ['victimBefore', 'victimMethod']);
  assert.deepEqual(await code.locator('.note').allTextContents(), [
    '\u21b3 victimBefore is kept here',
    '\u21b3 this function keeps it',
  ]);
  assert.deepEqual(await code.locator('.number').allTextContents(), ['19', '20', '', '21', '22', '23', '24', '', '25', '26']);
  const box = await page.locator('.card.first .fix').boundingBox();
  assert.ok(box.y + box.height <= 800);
});

for (const size of ['small', 'medium', 'large']) {
  describe(`a ${size} report`, () => {
    test('is a few megabytes and says what it leaves out', async (t) => {
      const { html, files } = pages[size];
      assert.ok(fs.statSync(html).size < 5e6, `${fs.statSync(html).size} bytes`);
      const { leftOut } = dataOf(files);
      const page = await open(t, browser, html);
      await go(page, 'metadata');
      assert.equal(await page.locator('.left-out li').count(), leftOut.length);
      assert.ok(leftOut.length > 0);
    });

    for (const [scheme, lang] of [
      ['light', 'en'],
      ['dark', 'zh'],
    ]) {
      test(`has no barriers in any view, ${scheme}, ${lang}`, async (t) => {
        const page = await open(t, browser, pages[size].html, { scheme, lang });
        assert.equal(await page.getAttribute('html', 'lang'), lang === 'zh' ? 'zh-Hans' : 'en');
        for (const view of await views(page)) {
          await go(page, view);
          assert.deepEqual(await barriers(page), [], view);
        }
      });
    }

    test('shows the numbers of the API', async (t) => {
      const page = await open(t, browser, pages[size].html);
      const { files } = pages[size];
      const snapshot = heapdump.openSync(files.at(-1));
      t.after(() => snapshot.close());
      await go(page, 'summary');
      const { rows } = snapshot.summarySync({ limit: 10 });
      assert.deepEqual(
        await exact(page, '.tree-table', 10),
        rows.map((row) => ({ name: row.constructor, numbers: [row.shallowSize, row.retainedSize] })),
      );
      // The large report can only sort what it has.
      if (size !== 'large') await sorts(page, snapshot);
      await go(page, 'statistics');
      const { slices, total } = snapshot.statisticsSync();
      assert.deepEqual(
        await page.$$eval('table.plain td [title]', (cells) => cells.map((cell) => Number(cell.title.replace(/\D/g, '')))),
        [...slices.map((slice) => slice.size), total],
      );
    });
  });
}

/** Sorts the Summary by each column, and by the last one in the other direction. */
async function sorts(page, snapshot) {
  const orders = [
    ['Shallow Size', { sort: 'shallowSize' }],
    ['Distance', { sort: 'distance' }],
    ['Constructor', { sort: 'constructor' }],
    ['Retained Size', { sort: 'retainedSize' }],
    ['Retained Size', { sort: 'retainedSize', reverse: true }],
  ];
  for (const [title, order] of orders) {
    await page.click(`.tree-table [role=columnheader]:has-text("${title}") button`);
    const numbers = snapshot.summarySync({ limit: 10, ...order }).rows.map((row) => [row.shallowSize, row.retainedSize]);
    assert.deepEqual(
      (await exact(page, '.tree-table', 10)).map((row) => row.numbers),
      numbers,
      JSON.stringify(order),
    );
  }
}

/** The first rows of a table: the name, and the exact bytes of its sizes. */
async function exact(page, table, count) {
  await page.waitForFunction(
    ([selector, many]) => document.querySelectorAll(`${selector} .body [role=row]:not(.note)`).length >= many,
    [table, count],
  );
  return page.$$eval(
    `${table} .body [role=row]`,
    (rows, many) =>
      rows.slice(0, many).map((row) => ({
        name: row.querySelector('.name').textContent,
        numbers: [...row.querySelectorAll('.number [title]')].map((cell) => Number(cell.title.replace(/\D/g, ''))),
      })),
    count,
  );
}

test('Comparison and Trend show the numbers of the API', async (t) => {
  const { html, files } = pages.medium;
  const page = await open(t, browser, html);
  await go(page, 'comparison');
  const first = page.locator('.tree-table').first();
  assert.deepEqual(
    await first
      .locator('[role=columnheader]')
      .allInnerTexts()
      .then((texts) => texts.map((text) => text.replace('▼', '').trim())),
    ['Constructor', '# New', '# Deleted', '# Delta', 'Deleted | New', 'Alloc. Size', 'Freed Size', 'Size Delta'],
  );
  const shown = () => exact(page, '.tree-table[aria-label="Comparison"]', 5);
  for (const base of [1, 0]) {
    await page.selectOption('.bar-above select', String(base));
    const { rows } = heapdump.diffSync(files[base], files[2], { limit: 5 });
    await page.waitForFunction(
      ([name, size]) => {
        const row = document.querySelector('.tree-table .body [role=row]');
        return (
          row?.querySelector('.name').textContent === name && row.querySelector('.number [title]').title.replace(/\D/g, '') === size
        );
      },
      [rows[0].constructor, String(rows[0].addedSize)],
    );
    assert.deepEqual(
      await shown(),
      rows.map((row) => ({ name: row.constructor, numbers: [row.addedSize, row.removedSize, Math.abs(row.sizeDelta)] })),
    );
  }
  await go(page, 'trend');
  const { rows } = heapdump.trendSync(files, { limit: 3 });
  const told = await exact(page, '.tree-table[aria-label="Constructors"]', 3);
  assert.deepEqual(
    told.map(({ name }) => name),
    rows.map((row) => row.constructor),
  );
  assert.deepEqual(
    told.map(({ numbers }) => numbers[1]),
    rows.map((row) => row.retainedSize.at(-1)),
  );
  assert.equal(await page.locator('.lines .series').count(), Math.min(6, heapdump.trendSync(files).rows.length));
});

test('a table is read and opened with the keyboard alone', async (t) => {
  const page = await open(t, browser, pages.medium.html);
  await page.focus('#tab-findings');
  await page.keyboard.press('ArrowRight');
  await ready(page, 'summary');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-summary');
  await page.fill('input[type=search]', 'victim');
  await page.waitForFunction(() => document.querySelectorAll('.tree-table .body [role=row]').length === 1);
  await page.focus('.tree-table .body [role=row]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelectorAll('.tree-table .body [role=row][aria-level="2"]').length > 5);
  const focused = () =>
    page.evaluate(() => ({
      level: document.activeElement.getAttribute('aria-level'),
      row: document.activeElement.getAttribute('aria-rowindex'),
    }));
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await focused(), { level: '2', row: '3' });
  await page.waitForSelector('.detail .box.start');
  assert.match(await page.locator('.detail .box').nth(1).innerText(), /system \/ Context|@\d+/);
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await focused(), { level: '1', row: '2' });
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.querySelectorAll('.tree-table .body [role=row]').length === 1);
  assert.deepEqual(await focused(), { level: '1', row: '2' });
});

test('a list of thousands is drawn only where one looks, and ends with what was left out', async (t) => {
  const page = await open(t, browser, pages.large.html);
  await go(page, 'summary');
  const { totals } = heapdump.analyzeSync(pages.large.files[0], { limit: 0 });
  assert.ok(totals.rowCount > 5000);
  assert.ok((await page.locator('.tree-table .body [role=row]').count()) < 100);
  await page.focus('.tree-table .body [role=row]');
  await page.keyboard.press('End');
  const last = page.locator('.tree-table .body [role=row].note');
  await last.waitFor();
  const { leftOut } = dataOf(pages.large.files);
  const { shown, total } = leftOut.find(({ what }) => what === 'constructors');
  assert.equal(await last.innerText(), `${(total - shown).toLocaleString('en')} more are not in this report`);
  assert.ok((await page.locator('.tree-table .body [role=row]').count()) < 100);
});

test('the treemap goes into objects and back', async (t) => {
  const page = await open(t, browser, pages.large.html);
  await go(page, 'treemap');
  const crumbs = page.locator('.crumbs li');
  assert.equal(await crumbs.count(), 1);
  await page
    .locator('.treemap button.cell')
    .first()
    .click({ position: { x: 5, y: 5 } });
  await page.waitForFunction(() => document.querySelectorAll('.crumbs li').length > 1);
  await page.focus('.treemap button.cell');
  await page.keyboard.press('Backspace');
  await page.waitForFunction(() => document.querySelectorAll('.crumbs li').length === 1);
});

test('contents of strings are there only if they were asked for', async (t) => {
  const { files, html } = pages.medium;
  assert.ok(!fs.readFileSync(html, 'utf8').includes('secret-content'));
  const open1 = report(files, path.join(folder, 'values.html'), '--show-values');
  assert.ok(fs.readFileSync(open1, 'utf8').includes('secret-content'));
  const page = await open(t, browser, html);
  await go(page, 'strings');
  assert.match(await page.innerText('#panel'), /Contents of strings are not shown.*--show-values/s);
  const other = await open(t, browser, open1);
  await go(other, 'strings');
  assert.doesNotMatch(await other.innerText('#panel'), /Contents of strings are not shown/);
});

test('the words are those of DevTools, in both languages', async (t) => {
  const columns = async (page) => {
    await go(page, 'summary');
    const texts = await page.locator('.tree-table [role=columnheader]').allInnerTexts();
    return texts.map((text) => text.replace('▼', '').trim());
  };
  const tabs = (page) => page.locator('[role=tab]').allInnerTexts();
  const english = await open(t, browser, pages.medium.html, { lang: 'en' });
  assert.deepEqual(await tabs(english), [
    'Findings',
    'Summary',
    'Comparison',
    'Trend',
    'Statistics',
    'Treemap',
    'Duplicate strings',
    'About',
  ]);
  assert.deepEqual(await columns(english), ['Constructor', 'Distance', 'Shallow Size', 'Retained Size']);
  const chinese = await open(t, browser, pages.medium.html, { lang: 'zh' });
  assert.deepEqual(await tabs(chinese), ['诊断结果', '摘要', '比较', '趋势', '统计信息', '矩形树图', '重复字符串', '关于']);
  assert.deepEqual(await columns(chinese), ['构造函数', '距离', '浅层大小', '保留的大小']);
  // Chosen when the report was made, and on the page.
  const made = await open(t, browser, report(pages.small.files, path.join(folder, 'zh.html'), '--lang', 'zh'), { lang: 'en' });
  assert.equal((await tabs(made))[1], '摘要');
  await made.selectOption('.switches select >> nth=0', 'en');
  await made.waitForFunction(() => document.querySelectorAll('[role=tab]')[1].textContent === 'Summary');
});

test('the theme follows the system, and the switch', async (t) => {
  const page = await open(t, browser, pages.small.html, { scheme: 'dark' });
  const light = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)[0]) > 128);
  assert.equal(await light(), false);
  await page.selectOption('.switches select >> nth=1', 'light');
  assert.equal(await light(), true);
});

test('tables on paper stand there as they are, one after the other', async (t) => {
  const page = await open(t, browser, pages.medium.html);
  await page.emulateMedia({ media: 'print' });
  for (const view of ['summary', 'comparison', 'trend']) {
    await page.evaluate((name) => {
      location.hash = name;
    }, view);
    await ready(page, view);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const lines = await page.$$eval('.tree-table .line, .detail', (all) =>
      all.map((line) => line.getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom })),
    );
    assert.ok(lines.length > 30, `${lines.length} lines`);
    for (const [at, { top }] of lines.entries()) assert.ok(at === 0 || top >= lines[at - 1].bottom - 1, `line ${at} of ${view}`);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  }
  assert.ok((await page.pdf()).length > 10_000);
});
