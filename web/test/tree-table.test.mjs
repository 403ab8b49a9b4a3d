// The table by itself: as many rows as one likes, from a source that takes its time.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { barriers, launch, temporaryFolder } from './support.mjs';

let folder;
let browser;
let file;
before(async () => {
  folder = temporaryFolder();
  browser = await launch();
  const { output } = (
    await build({
      configFile: false,
      logLevel: 'silent',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        write: false,
        lib: { entry: fileURLToPath(new URL('programs/million.ts', import.meta.url)), formats: ['iife'], name: 'million' },
      },
    })
  )[0];
  const script = output.find(({ type }) => type === 'chunk').code.replaceAll('</script', '<\\/script');
  const style = output.find(({ fileName }) => fileName.endsWith('.css')).source;
  file = path.join(folder, 'million.html');
  fs.writeFileSync(
    file,
    `<!doctype html><html lang="en"><title>A million</title><style>${style}</style><body><main></main><script>${script}</script>`,
  );
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

async function table(t) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  t.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(pathToFileURL(file).href);
  const settle = async () => {
    await page.waitForFunction(() => globalThis.asked.length > 0);
    await page.evaluate(() => globalThis.settle());
  };
  const texts = () =>
    page.$$eval('.body [role=row]', (rows) => rows.map((row) => row.querySelector('.cell').textContent.replace(/[▸▾]/, '')));
  const has = (text) =>
    page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll('.body [role=row] .cell')].some((cell) => cell.textContent.replace(/[▸▾]/, '') === wanted),
      text,
    );
  return { page, settle, texts, has };
}

test('only what is in sight is there, and asked for', async (t) => {
  const { page, settle, texts, has } = await table(t);
  assert.deepEqual(await texts(), ['Loading…']);
  await settle();
  await has('text 0');
  assert.ok((await texts()).length < 60);
  assert.equal(await page.getAttribute('.tree-table', 'aria-rowcount'), '500002');
  await page.evaluate(() => {
    document.querySelector('.scroller').scrollTop = 26 * 400_000;
  });
  await page.waitForFunction(() => globalThis.asked.length > 0);
  assert.deepEqual(await page.evaluate(() => globalThis.asked.map(({ window }) => window.offset)), [399_900, 400_000]);
  await settle();
  await has('text 400005');
  await page.focus('.body [tabindex="0"]');
  await page.keyboard.press('End');
  await has('500,000 more are not in this report');
});

test('rows open, below rows that are open, and close', async (t) => {
  const { page, settle, texts, has } = await table(t);
  await settle();
  await has('text 0');
  await page.click('.body [role=row] >> nth=0');
  await page.keyboard.press('ArrowRight');
  await has('Loading…');
  await settle();
  await has('text 0 / text 0');
  assert.deepEqual((await texts()).slice(0, 3), ['text 0', 'text 0 / text 0', 'text 0 / text 1']);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('PageDown');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /text 0 \/ text \d+/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^▾text 0/);
  await page.evaluate(() => {
    document.querySelector('.scroller').scrollTop = 26 * 990;
  });
  await settle();
  await has('text 5');
  await has('text 0 / text 999');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => !document.querySelector('[aria-level="2"]'));
});

test('what comes late for another order is not shown', async (t) => {
  const { page, settle, has, texts } = await table(t);
  await settle();
  await has('text 0');
  await page.evaluate(() => {
    document.querySelector('.scroller').scrollTop = 26 * 1000;
  });
  await page.waitForFunction(() => globalThis.asked.length > 0);
  await page.click('[role=columnheader] button >> nth=0');
  await page.waitForFunction(() => globalThis.asked.some(({ window }) => window.reverse));
  await settle();
  await has('text reversed 0');
  assert.ok((await texts()).every((text) => text.startsWith('text reversed') || text === '…'));
  assert.equal(await page.getAttribute('[role=columnheader] >> nth=0', 'aria-sort'), 'ascending');
});

test('a page that does not come is told where it is missing', async (t) => {
  const { page, settle, has } = await table(t);
  await settle();
  await has('text 1');
  await page.click('.body .twisty >> nth=1');
  await has('Loading…');
  await settle();
  await has('no such page');
  await has('text 2');
  assert.deepEqual(
    (await barriers(page)).filter((text) => !text.startsWith('region') && !text.startsWith('page-has-heading')),
    [],
  );
});
