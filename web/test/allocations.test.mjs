// The view of allocations: a flame graph and a table of what the profile and the allocation stacks of a snapshot tell.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { barriers, dataOf, go, launch, open, report, snapshotsOf, temporaryFolder, views, watchedPage } from './support.mjs';

const require = createRequire(import.meta.url);
const { ViewServer } = require('../../lib/view/server.js');
const { cleanup } = require('../../test/support/cleanup.js');

const fromRoot = (file) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

let folder;
let browser;
let files;
let html;
before(async () => {
  folder = temporaryFolder();
  browser = await launch();
  files = snapshotsOf('orders', folder).filter((file) => file.endsWith('.heapsnapshot'));
  html = report(files, path.join(folder, 'orders.html'));
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** Opens the view in a report. */
async function opened(t, file = html, options = {}) {
  const page = await open(t, browser, file, options);
  await go(page, 'allocations');
  return page;
}

/** Chooses what to show, and waits until the table shows it. */
async function choose(page, at) {
  await page.selectOption('.bar-above select', String(at));
  await page.waitForFunction(
    (wanted) => document.querySelector('.flames .flame').className.includes(wanted),
    at % 2 ? 'change' : 'tone',
  );
}

/** Returns the bytes of a function and all below it, in all calls that are not below another one. */
function totalOf({ frames, calls }, isWanted) {
  const inside = [];
  let total = 0;
  for (const [at, position] of calls.frame.entries()) {
    const above = inside[calls.caller[at]];
    inside[at] = above || (position >= 0 && isWanted(frames[position]));
    if (inside[at]) total += calls.size[at] - (calls.removedSize?.[at] ?? 0);
  }
  return total;
}

const frame = (page, name) => page.locator(`.flames .flame[aria-label^="${name}, "]`).first();

test('frames are as wide as their shares, and lie below their callers', async (t) => {
  const page = await opened(t);
  const [tree] = dataOf(files).allocations;
  const whole = await frame(page, 'All').boundingBox();
  const total = totalOf(tree, () => true);
  for (const name of ['handle', 'fetchOrder', 'remember', 'fillCache']) {
    const { width } = await frame(page, name).boundingBox();
    const expected = totalOf(tree, (one) => one.function === name);
    assert.ok(expected > 100e3, `${name} has ${expected} bytes`);
    assert.ok(Math.abs(width / whole.width - expected / total) < 0.01, `${name}: ${width} of ${whole.width}`);
  }
  const boxes = await Promise.all(['handle', 'fetchOrder', 'remember'].map((name) => frame(page, name).boundingBox()));
  for (const [at, box] of boxes.slice(1).entries()) {
    assert.ok(box.y > boxes[at].y && box.x >= boxes[at].x - 1 && box.x + box.width <= boxes[at].x + boxes[at].width + 1);
  }
  assert.match(
    await frame(page, 'remember').getAttribute('title'),
    /^remember\n.*line-cache\/index\.js:1:\d+\nTotal Size .*, \d+ samples, \d+\u00a0%\nOwn Size/,
  );
});

test('a search marks frames by function and by file, and tells their share', async (t) => {
  const page = await opened(t, html);
  const [tree] = dataOf(files).allocations;
  const share = (isWanted) => Math.round((100 * totalOf(tree, isWanted)) / totalOf(tree, () => true));
  for (const [text, isWanted] of [
    ['FETCHorder', (one) => one.function === 'fetchOrder'],
    ['line-cache', (one) => one.file?.includes('line-cache')],
  ]) {
    await page.fill('.bar-above input', text);
    const percent = new RegExp(`^\\d+ frames?: [\\d.]+ [kM]B, \\d+ samples, ${share(isWanted)}\u00a0%$`);
    assert.match(await page.innerText('.bar-above .count'), percent);
    const names = await page.$$eval('.flames .found', (found) => found.map((one) => one.title.split('\n')[0]));
    assert.deepEqual([...new Set(names)], [text === 'line-cache' ? 'remember' : 'fetchOrder']);
    await page.waitForFunction(() => document.querySelectorAll('.functions .body [role=row]:not(.note)').length === 1);
  }
  assert.deepEqual(await barriers(page), []);
  await page.fill('.bar-above input', '');
  assert.equal(await page.locator('.flames .found, .flames .other').count(), 0);
  await page.evaluate(() => {
    location.hash = '#allocations/line-cache';
  });
  await page.waitForSelector('.flames .found');
  assert.equal(await page.inputValue('.bar-above input'), 'line-cache');
});

test('a click zooms in, and keys lead through the graph and back', async (t) => {
  const page = await opened(t);
  const crumbs = () => page.locator('.crumbs li').allInnerTexts();
  assert.deepEqual(await crumbs(), ['All']);
  await frame(page, 'fetchOrder').click();
  assert.deepEqual((await crumbs()).slice(-2), ['handle', 'fetchOrder']);
  const graph = await page.locator('.flames').boundingBox();
  assert.ok((await frame(page, 'fetchOrder').boundingBox()).width > graph.width - 20);
  const focused = () => page.evaluate(() => document.activeElement.title.split('\n')[0]);
  assert.equal(await focused(), 'fetchOrder');
  await page.keyboard.press('ArrowDown');
  const below = await focused();
  assert.notEqual(below, 'fetchOrder');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Backspace');
  assert.equal((await crumbs()).at(-1), 'handle');
  await page.keyboard.press('ArrowDown');
  const first = await focused();
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await focused(), first);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), first);
  await page.keyboard.press('Home');
  assert.equal(await focused(), 'handle');
  assert.match(await page.innerText('.below-map .status'), /^handle · .*orders\.cjs:\d+:\d+ · Total Size/);
  await page.locator('.crumbs button').first().click();
  assert.deepEqual(await crumbs(), ['All']);
});

test('the table has the sums of each function', async (t) => {
  const page = await opened(t);
  const [tree] = dataOf(files).allocations;
  await page.fill('.bar-above input', 'fillCache');
  const row = page.locator('.functions .body [role=row]', { hasText: 'fillCache' }).first();
  const total = await row.locator('[aria-colindex="5"] [title]').getAttribute('title');
  assert.equal(
    Number(total.replace(/\D/g, '')),
    totalOf(tree, (one) => one.function === 'fillCache'),
  );
  await page.fill('.bar-above input', '');
  await page.locator('.functions .body [role=row]', { hasText: 'remember' }).first().click();
  assert.equal(await page.locator('.flames .found').count(), 1);
  await page.click('.functions [role=columnheader]:has-text("Function") button');
  await page.waitForFunction(() => {
    const names = [...document.querySelectorAll('.functions .body .cell.first')].map((cell) => cell.textContent);
    return names.length > 1 && names.every((name, at) => at === 0 || names[at - 1] <= name || names[at - 1] === '(anonymous)');
  });
});

test('a comparison shows what grew and what shrank', async (t) => {
  const page = await opened(t);
  assert.deepEqual(await page.locator('.bar-above option').allInnerTexts(), [
    'Allocation profile: alive',
    'Allocation profile: change since s1.heapsnapshot',
  ]);
  await choose(page, 1);
  const [, tree] = dataOf(files).allocations;
  assert.ok(totalOf(tree, (one) => one.function === 'fillCache') < 0);
  assert.ok(totalOf(tree, (one) => one.function === 'fetchOrder') > 0);
  assert.match(await frame(page, 'fetchOrder').getAttribute('class'), /change-3/);
  assert.match(await frame(page, 'fetchOrder').getAttribute('title'), /Total Size \+/);
  assert.match(await frame(page, 'fillCache').getAttribute('class'), /change--3/);
  assert.match(await frame(page, 'fillCache').getAttribute('title'), /Total Size \u2212.*gone .*samples/);
  assert.deepEqual(await page.locator('.legend li').allInnerTexts(), ['grew', 'as much as before', 'shrank']);
});

for (const [scheme, lang] of [
  ['light', 'en'],
  ['dark', 'zh'],
]) {
  test(`has no barriers, ${scheme}, ${lang}`, async (t) => {
    const page = await opened(t, html, { scheme, lang });
    assert.deepEqual(await barriers(page), []);
    await choose(page, 1);
    assert.deepEqual(await barriers(page), []);
    if (lang === 'zh') assert.match(await page.innerText('#panel'), /宽度表示存活对象变化的字节数/);
  });
}

/** Serves snapshots, and opens the view. */
async function served(t, list) {
  const server = new ViewServer(list);
  await server.listen();
  cleanup(t, () => server.close());
  const { page } = await watchedPage(t, browser, { isAllowed: (url) => url.startsWith(server.url) });
  await page.goto(server.url);
  await page.waitForSelector('#panel[data-ready]');
  await go(page, 'allocations');
  return page;
}

test('`view` shows the same', async (t) => {
  const [fromReport, fromView] = [await opened(t), await served(t, files)];
  const titles = (page) => page.$$eval('.flames .flame', (all) => all.map((one) => one.title));
  assert.deepEqual(await titles(fromView), await titles(fromReport));
  for (const page of [fromReport, fromView]) await choose(page, 1);
  assert.deepEqual(await titles(fromView), await titles(fromReport));
});

test('allocation stacks of a snapshot are shown exactly', async (t) => {
  const file = path.join(folder, 'tracked.heapsnapshot');
  execFileSync(process.execPath, ['--no-page-promotion', '--no-compact', fromRoot('test/fixtures/make/tracked.js'), file]);
  const page = await served(t, [file]);
  assert.deepEqual(await page.locator('.bar-above option').allInnerTexts(), ['Allocation stacks: alive']);
  assert.match(await page.innerText('#panel'), /The sizes are exact/);
  await page.fill('.bar-above input', 'fetchOrder');
  assert.match(await frame(page, 'fetchOrder').getAttribute('title'), /Total Size .*, \d+ objects/);
});

test('a profile of another file, and names and depths that no program has', async (t) => {
  const name = '<img src=x onerror=alert(1)>\u202e"\ud800';
  const node = (id, children) => ({
    callFrame: { functionName: id % 2 ? name : '', scriptId: '1', url: `file:///a/${name}.js`, lineNumber: id, columnNumber: 0 },
    id,
    selfSize: id,
    children,
  });
  let head = node(6000, []);
  for (let id = 5999; id > 0; id--) head = node(id, [head]);
  const file = path.join(folder, 'deep.json');
  fs.writeFileSync(file, textOf(head));
  const page = await opened(t, report(files, path.join(folder, 'deep.html'), '--profile', file));
  assert.ok((await page.locator('.flames .flame').count()) > 100);
  assert.equal(await page.locator('.flames img').count(), 0);
  assert.deepEqual(await page.locator('.bar-above option').allInnerTexts(), ['Allocation profile: alive']);
});

/** Returns the JSON of a profile that is too deep for JSON.stringify. */
function textOf(head) {
  const parts = [];
  let depth = 0;
  for (let node = head; node; [node] = node.children) {
    const { children: _, ...rest } = node;
    parts.push(`${JSON.stringify(rest).slice(0, -1)},"children":[`);
    depth += 1;
  }
  return `{"head":${parts.join('')}${']}'.repeat(depth)},"samples":[]}`;
}

test('without a profile or stacks, there is no tab', async (t) => {
  const fixture = fromRoot('test/fixtures/node22.heapsnapshot.zst');
  const page = await open(t, browser, report([fixture], path.join(folder, 'none.html')));
  assert.ok(!(await views(page)).includes('allocations'));
});
