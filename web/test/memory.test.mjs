// The view of memory: what the sidecar of a snapshot tells.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { barriers, go, launch, open, report, temporaryFolder, views } from './support.mjs';

const SNAPSHOT = fileURLToPath(new URL('../../test/fixtures/node22.heapsnapshot.zst', import.meta.url));
const MB = 1e6;

const ledger = (at, malloc) => ({
  at,
  rss: 61 * MB + malloc,
  unexplained: MB,
  parts: [
    { owner: 'v8-live', threadId: 0, resident: 20 * MB },
    { owner: 'v8-live', threadId: 1, resident: 10 * MB },
    { owner: 'binary', name: '/usr/bin/node', resident: 30 * MB },
    { owner: 'malloc', resident: malloc },
  ],
});

const sample = (minute) => ({
  at: `2026-01-02T03:${String(minute).padStart(2, '0')}:00.000Z`,
  rss: (61 + minute) * MB,
  unexplained: MB,
  owners: { 'v8-live': 30 * MB, binary: 30 * MB, malloc: minute * MB },
});

const SIDECAR = {
  memory: { before: ledger('2026-01-02T03:31:00.000Z', 32 * MB), after: ledger('2026-01-02T03:32:00.000Z', 40 * MB) },
  samples: Array.from({ length: 30 }, (_, at) => sample(at + 1)),
};

let folder;
let browser;
before(async () => {
  folder = temporaryFolder();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** Makes a page of a snapshot with this sidecar. */
function pageWith(name, sidecar) {
  const file = path.join(folder, `${name}.heapsnapshot.zst`);
  fs.copyFileSync(SNAPSHOT, file);
  if (sidecar) fs.writeFileSync(`${file}.json`, JSON.stringify(sidecar));
  return report([file], path.join(folder, `${name}.html`));
}

test('a bar, a chart over time, and a table with explanations', async (t) => {
  const html = pageWith('full', SIDECAR);
  const page = await open(t, browser, html);
  await go(page, 'memory');
  const widths = await page.$$eval('.memory-bar rect', (pieces) => pieces.map((piece) => Number(piece.getAttribute('width'))));
  assert.ok(Math.abs(widths.reduce((sum, width) => sum + width, 0) - 860) < 0.1, String(widths));
  assert.match(
    await page
      .locator('.memory-bar title')
      .first()
      .evaluate((title) => title.textContent),
    /^malloc: 32\.0 MB$/,
  );
  const layers = await page.$$eval('.memory-areas path', (paths) => paths.map((one) => one.getAttribute('d').split('L').length));
  assert.ok(layers.length >= 4 && layers.every((points) => points > 50), String(layers));
  const rows = await page.$$eval('table.plain tbody tr', (all) =>
    all.map((row) =>
      [...row.children].map((cell) => cell.querySelector('[title]')?.title.replace(/[^\d\u2212]/g, '') ?? cell.textContent),
    ),
  );
  assert.deepEqual(
    rows.slice(0, 2).map(([owner, bytes, , change, afterwards]) => [owner, bytes, change, afterwards]),
    [
      ['malloc', '32000000', '31000000', '40000000'],
      ['v8-live', '30000000', '0', '30000000'],
    ],
  );
  assert.match(rows[0].at(-1), /zlib/);
  for (const row of rows) assert.ok(row.at(-1).length > 10, String(row));
  for (const [scheme, lang] of [
    ['light', 'en'],
    ['dark', 'zh'],
  ]) {
    const other = await open(t, browser, html, { scheme, lang });
    await go(other, 'memory');
    assert.deepEqual(await barriers(other), []);
    if (lang === 'zh') assert.match(await other.innerText('table.plain'), /原生代码在用的内存/);
  }
});

test('without samples there is a bar and no chart; without a ledger there is no tab', async (t) => {
  const one = await open(t, browser, pageWith('single', { memory: { before: SIDECAR.memory.before, after: null } }));
  await go(one, 'memory');
  assert.equal(await one.locator('.memory-bar').count(), 1);
  assert.equal(await one.locator('.memory-areas').count(), 0);
  const hostile = { at: 'now', rss: {}, parts: [null, { owner: 'constructor', resident: 1 }, { owner: 7 }] };
  for (const [name, sidecar] of Object.entries({
    none: undefined,
    empty: {},
    hostile: { memory: { before: hostile }, samples: 3 },
  })) {
    const page = await open(t, browser, pageWith(name, sidecar));
    assert.ok(!(await views(page)).includes('memory'), name);
  }
});
