// `heapdump-rs view` in a browser: what it shows is what the engine answers, whatever is in the heap.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { barriers, go, heapdump, launch, ready, temporaryFolder, views, watchedPage } from './support.mjs';

const require = createRequire(import.meta.url);
const { ViewServer } = require('../../lib/view/server.js');
const { cleanup } = require('../../test/support/cleanup.js');
const { smallSnapshot } = require('../../test/support/small-snapshot.js');

const fixture = (name) =>
  path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../test/fixtures', name);
const [BEFORE, AFTER] = [fixture('node20.heapsnapshot.zst'), fixture('node20-later.heapsnapshot.zst')];
const SECRET = 'correct horse battery staple';

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = temporaryFolder();
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** Serves `files` and opens the page. Options: of the server and of `watchedPage`, which allows requests to the server only. */
async function view(t, files, { lang, scheme, hash = '', isReady = true, ...options } = {}) {
  const server = new ViewServer(files, options);
  await server.listen();
  cleanup(t, () => server.close());
  const { page, complaints } = await watchedPage(t, browser, {
    isAllowed: (url) => url.startsWith(server.url),
    lang,
    scheme,
  });
  await page.goto(server.url + hash);
  if (isReady) await page.waitForSelector('#panel[data-ready]');
  return { page, server, complaints };
}

function small(name, objects) {
  const file = path.join(folder, `${name}.heapsnapshot`);
  fs.writeFileSync(file, smallSnapshot(objects));
  return file;
}

/** Cells of the rows in sight of the first table. */
const rows = (page) =>
  page.$$eval('.tree-table', ([table]) =>
    [...table.querySelectorAll('.body [role=row]:not(.note)')].map((row) => [...row.children].map((cell) => cell.innerText.trim())),
  );

/** Waits until the first table has rows. */
const filled = (page) => page.waitForSelector('.tree-table .body [role=row]:not(.note)');

/** `12.3 kB`, as DevTools has it. */
const kB = (bytes) =>
  `${(bytes / 1000).toLocaleString('en', { minimumFractionDigits: bytes < 100_000 ? 1 : 0, maximumFractionDigits: bytes < 100_000 ? 1 : 0 })} kB`;

test('the views show what the engine answers', async (t) => {
  const { page } = await view(t, [BEFORE, AFTER]);
  const snapshot = heapdump.openSync(AFTER);
  t.after(() => snapshot.close());
  assert.deepEqual(await views(page), [
    'findings',
    'summary',
    'comparison',
    'containment',
    'dominators',
    'statistics',
    'treemap',
    'strings',
    'search',
    'metadata',
  ]);
  const expected = {
    summary: snapshot.summarySync({ limit: 8 }).rows.map((row) => [row.constructor, row]),
    containment: snapshot.childrenSync(undefined, { limit: 8 }).rows.map((row) => [`@${row.id}`, row]),
    dominators: snapshot.dominatorTreeSync(undefined, { limit: 8 }).rows.map((row) => [`@${row.id}`, row]),
  };
  for (const [name, list] of Object.entries(expected)) {
    await go(page, name);
    await filled(page);
    const shown = await rows(page);
    list.forEach(([label, row], at) => {
      assert.ok(shown[at][0].includes(label), `${name} ${at}: ${shown[at]}`);
      assert.ok(shown[at].at(-1).startsWith(kB(row.retainedSize)), `${name} ${at}: ${shown[at]}`);
    });
    assert.deepEqual(await barriers(page), [], name);
  }
});

test('the Summary shows the objects that a filter of DevTools selects', async (t) => {
  const { page } = await view(t, [AFTER], { hash: '#summary' });
  const snapshot = heapdump.openSync(AFTER);
  t.after(() => snapshot.close());
  const select = page.getByLabel('Objects to show');
  await filled(page);
  const filters = await select.locator('option').evaluateAll((options) => options.map(({ value }) => value));
  assert.equal(filters[0], 'all');
  assert.equal(filters.length, 8);
  for (const filter of filters) {
    await select.selectOption(filter);
    const {
      totals,
      rows: [first],
    } = snapshot.summarySync({ limit: 1, ...(filter !== 'all' && { filter }) });
    await page.getByText(`${totals.rowCount.toLocaleString('en')} of `).waitFor();
    if (first) assert.ok((await rows(page))[0][0].includes(first.constructor), filter);
  }
});

test('an object: what it refers to, what retains it, its dominators, by click and by address', async (t) => {
  const snapshot = heapdump.openSync(AFTER);
  t.after(() => snapshot.close());
  const [{ id }] = snapshot.findSync({ type: 'closure', sort: 'retainedSize', limit: 1 }).rows;
  const { page } = await view(t, [AFTER], { hash: `#containment/${id}` });
  await filled(page);
  const first = snapshot.childrenSync(id, { limit: 1 }).rows[0];
  assert.ok((await rows(page))[0][0].includes(`@${first.id}`));
  // Below: its retainers, each of which opens those of its own.
  const below = page.locator('.detail .tree-table .body [role=row]:not(.note)');
  await below.first().waitFor();
  const retainers = snapshot.retainersSync(id).rows;
  assert.ok((await below.first().innerText()).includes(`@${retainers[0].id}`));
  await below.first().locator('.twisty').click();
  await page.locator('.detail [role=row][aria-level="2"]:not(.note)').first().waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('button', { name: 'As a graph' }).click();
  await page.waitForSelector('.detail .path-graph');
  await page.locator('.instance-facts').getByRole('button', { name: 'Dominators' }).click();
  await ready(page, 'dominators');
  const chain = snapshot.dominatorsSync(id).rows;
  assert.equal(await page.locator('.crumbs li').count(), Math.min(12, chain.length));
  assert.ok((await page.locator('.crumbs [aria-current]').innerText()).includes(`@${id}`));
  assert.deepEqual(await barriers(page), []);
});

test('search by name, by constructor and by id', async (t) => {
  const snapshot = heapdump.openSync(AFTER);
  t.after(() => snapshot.close());
  const { page } = await view(t, [AFTER], { hash: '#search' });
  await page.fill('[role=search] input', 'session');
  await page.keyboard.press('Enter');
  await filled(page);
  const { totals, rows: found } = snapshot.findSync({ name: 'session', limit: 1 });
  assert.equal(await page.locator('[role=status]').first().innerText(), `${totals.count.toLocaleString('en')} found`);
  assert.ok((await rows(page))[0][0].includes(`@${found[0].id}`));
  // The other way round.
  const header = page.getByRole('columnheader', { name: 'Retained Size' }).first().getByRole('button');
  await header.click();
  await header.click();
  const last = snapshot.findSync({ name: 'session', sort: 'retainedSize' }).rows.at(-1);
  await page.waitForFunction(
    (id) => document.querySelector('.tree-table .body [role=row]')?.textContent.includes(`@${id}`),
    last.id,
  );
  await page.selectOption('[role=search] select', 'id');
  await page.fill('[role=search] input', `@${found[0].id}`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent === '1 found');
  await page.selectOption('[role=search] select', 'constructor');
  await page.fill('[role=search] input', 'Session');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.tree-table .body')?.textContent.includes('×'));
  await page.locator('.tree-table .twisty:not(.none)').first().click();
  await page.locator('[role=row][aria-level="2"]:not(.note)').first().click();
  await page.waitForSelector('.detail .tree-table');
  assert.deepEqual(await barriers(page), []);
});

test('a row of the Comparison opens into what came and what went', async (t) => {
  const { page } = await view(t, [BEFORE, AFTER], { hash: '#comparison' });
  await filled(page);
  const { rows: constructors } = heapdump.diffSync(BEFORE, AFTER);
  const row = constructors[0];
  await page.locator('.tree-table .twisty:not(.none)').first().click();
  const object = page.locator('[role=row][aria-level="2"]:not(.note)').first();
  await object.waitFor();
  const cells = await object.locator('[role=gridcell]').allInnerTexts();
  assert.deepEqual(cells.slice(0, 2), ['•', ''], `${row.constructor}: a new one comes first`);
  await object.click();
  await page.waitForSelector('.detail .instance-facts button');
  assert.deepEqual(await barriers(page), []);
});

test('questions that nobody waits for any more are given up', async (t) => {
  const { page } = await view(t, [AFTER], { hash: '#metadata' });
  const failed = [];
  page.on('requestfailed', (request) => failed.push(decodeURIComponent(new URL(request.url()).search)));
  // An answer that takes until the view is gone.
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route('**/api/duplicateStrings*', async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  const [asked] = await Promise.all([
    page.waitForRequest('**/api/duplicateStrings*'),
    page.evaluate(() => {
      location.hash = '#strings';
    }),
  ]);
  const given = page.waitForEvent('requestfailed', (request) => request === asked);
  await page.evaluate(() => {
    location.hash = '#metadata';
  });
  await given;
  release();
  assert.equal(failed.length, 1);
});

test('what takes long is shown as such, and then as it is', async (t) => {
  const { page } = await view(t, [AFTER], { hash: '#metadata' });
  let isReady = false;
  await page.route('**/api/duplicateStrings*', (route) =>
    isReady ? route.continue() : route.fulfill({ status: 202, json: { unfinished: { ms: 1 } } }),
  );
  await page.evaluate(() => {
    location.hash = '#strings';
  });
  await page.getByText('Working on it…').waitFor();
  isReady = true;
  await filled(page);
  await page.getByText('Working on it…').waitFor({ state: 'detached' });
});

test('contents of strings are shown when that is switched on', async (t) => {
  const file = small('secret', [{ name: SECRET, type: 'string', edge: 'password' }, { name: 'Keeper' }]);
  const { page } = await view(t, [file], { hash: '#containment/3' });
  await filled(page);
  const text = () => page.locator('#app').innerText();
  assert.ok((await text()).includes('password') && !(await text()).includes('horse'));
  await page.getByRole('button', { name: 'Show contents of strings' }).click();
  await page.waitForFunction((secret) => document.body.innerText.includes(secret), SECRET);
  const closed = await view(t, [file], { mayShowValues: false });
  assert.equal(await closed.page.getByRole('button', { name: 'Show contents of strings' }).count(), 0);
});

test('names do nothing but stand there, and long ones come whole on demand', async (t) => {
  const attacks = [
    '<img src=x onerror="alert(1)">',
    '</script><script>alert(1)</script>',
    '"><svg/onload=alert(1)>',
    '\u202Egnp.exe',
    'half \uD800',
    '\uDC00 other half',
    '__proto__',
    `long ${'name '.repeat(200_000)}end`,
  ];
  const file = small(
    'evil',
    attacks.flatMap((name) => [
      { name, edge: name },
      { name, type: 'string', edge: 'text' },
      { name, type: 'closure', edge: `f ${name}` },
    ]),
  );
  const { page } = await view(t, [file, file, file]);
  await page.getByRole('button', { name: 'Show contents of strings' }).click();
  for (const name of await views(page)) {
    await go(page, name);
    for (const twisty of (await page.locator('.tree-table .twisty:not(.none)').all()).slice(0, 2)) await twisty.click();
    const found = await page.evaluate(() => ({
      foreign: document.querySelectorAll('img, iframe, object, embed, link, a, form, svg[onload], [onerror], [onload]').length,
      scripts: document.scripts.length,
      isWide: document.documentElement.scrollWidth > innerWidth || document.body.scrollHeight > innerHeight + 1,
    }));
    assert.deepEqual(found, { foreign: 0, scripts: 2, isWide: false }, name);
  }
  await page.goto(`${page.url().split('#')[0]}#containment/3`);
  await ready(page, 'containment');
  const row = page.locator('.tree-table .body [role=row]', { hasText: 'long name' }).first();
  await row.click();
  await page.getByRole('button', { name: 'The whole text' }).click();
  await page.waitForSelector('pre.whole');
  const length = await page
    .locator('pre.whole')
    .first()
    .evaluate((element) => element.textContent.length);
  assert.ok(length > 60_000 && length < 70_000, `${length} characters`);
});

test('it speaks Chinese, and looks right in the dark', async (t) => {
  const { page } = await view(t, [BEFORE, AFTER, AFTER], { lang: 'zh', scheme: 'dark' });
  const tabs = await page.$$eval('[role=tab]', (all) => all.map((tab) => tab.textContent));
  for (const word of ['摘要', '控制', '支配树', '搜索', '趋势']) assert.ok(tabs.includes(word), word);
  await page.waitForSelector('.verdict');
  const said = await page.$$eval('.sentence, .fix, .card-title', (all) => all.map(({ lang, textContent }) => [lang, textContent]));
  for (const [language, text] of said) assert.equal(language, 'zh-Hans', text);
  for (const name of ['containment', 'dominators', 'search', 'trend']) {
    await go(page, name);
    assert.deepEqual(await barriers(page), [], name);
  }
});

test('it shows how far the analysis is, and why there is none', async (t) => {
  const { page, server, complaints } = await view(t, [AFTER], { isReady: false });
  // As slow as a file of gigabytes.
  let files = [
    {
      name: 'a.heapsnapshot',
      fileSize: 1e9,
      status: 'loading',
      progress: { stage: 'read', done: 5e8, total: 1e9 },
      info: null,
      error: null,
    },
    { name: 'b.heapsnapshot', fileSize: 1e9, status: 'waiting', progress: null, info: null, error: null },
  ];
  await page.route('**/api/state', (route) => route.fulfill({ json: files }));
  await page.reload();
  await page.waitForSelector('.loading progress');
  assert.match(
    await page.locator('.loading').innerText(),
    /a\.heapsnapshot\s+1\.0 GB\s+reading the file\s+b\.heapsnapshot\s+1\.0 GB\s+waiting/,
  );
  assert.deepEqual(await barriers(page), []);
  files = [{ ...files[0], status: 'failed', error: { code: 'ERR_HEAPDUMP_PARSE', message: 'it is no snapshot' } }];
  await page.waitForSelector('.failure');
  assert.match(await page.locator('.failure').innerText(), /a\.heapsnapshot: it is no snapshot/);
  // The command has ended.
  await page.unroute('**/api/state');
  await page.reload();
  await page.waitForSelector('#panel[data-ready]');
  await server.close();
  await page.click('#tab-statistics');
  await page.waitForSelector('.failure');
  assert.match(await page.locator('.failure').innerText(), /The command has ended/);
  assert.ok(complaints.splice(0).every((text) => text.includes('ERR_CONNECTION_REFUSED')));
});
