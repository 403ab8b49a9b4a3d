// What a program puts into its heap may be meant to attack whoever looks at it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { barriers, dataOf, go, launch, open, render, report, snapshotsOf, temporaryFolder, views } from './support.mjs';

const ATTACKS = [
  '<img src=x onerror="alert(1)">',
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '"><svg/onload=alert(1)>',
  `' onmouseover='alert(1)`,
  'javascript:alert(1)',
  "$& $` $' $1",
  '${alert(1)}`;alert(1)//',
  '\u202Egnp.exe',
  'half \uD800 of a character, \uDC00 and another',
  'lines\u2028that\u2029end\r\n\0and none',
  '__proto__',
  'constructor',
  '',
  'very long '.repeat(50_000),
];

let folder;
let browser;
let files;
before(async () => {
  folder = temporaryFolder();
  browser = await launch();
  files = snapshotsOf('classic', folder, '3');
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** Visits every view, opens what opens, and looks for what should not be. */
async function visit(t, html) {
  const page = await open(t, browser, html);
  for (const view of await views(page)) {
    await go(page, view);
    for (const summary of await page.locator('details > summary').all()) await summary.click();
    const twisty = page.locator('.tree-table .twisty:not(.none)').first();
    if (await twisty.count()) await twisty.click();
    const row = page.locator('.tree-table [role=row][aria-level="2"]:not(.note)').first();
    if (await row.count()) await row.click();
    const found = await page.evaluate(() => ({
      foreign: document.querySelectorAll(
        'img, iframe, object, embed, link, a, form, svg[onload], [onerror], [onload], [onmouseover]',
      ).length,
      scripts: document.scripts.length,
      isWide: document.documentElement.scrollWidth > innerWidth || document.body.scrollHeight > innerHeight + 1,
      long: [...document.querySelectorAll('#app *')].filter(
        (element) => element.children.length === 0 && element.textContent.length > 5000,
      ).length,
    }));
    assert.deepEqual(found, { foreign: 0, scripts: 2, isWide: false, long: 0 }, view);
    assert.deepEqual(await barriers(page), [], view);
  }
  return page;
}

test('names in a snapshot do nothing but stand there', async (t) => {
  let next = 0;
  const evil = files.map((file) => {
    const snapshot = JSON.parse(fs.readFileSync(file, 'utf8'));
    // The same name for the same thing in each snapshot.
    const names = [...new Set(snapshot.strings.filter((text) => /^(victim|replaceVictim|Victim|unused)/.test(text)))].sort();
    const attack = new Map(names.map((name, at) => [name, ATTACKS[at % ATTACKS.length]]));
    snapshot.strings = snapshot.strings.map((text) => attack.get(text) ?? text);
    const place = path.join(folder, `evil-${next++}.heapsnapshot`);
    fs.writeFileSync(place, JSON.stringify(snapshot));
    return place;
  });
  const html = report(evil, path.join(folder, 'evil.html'), '--show-values');
  assert.ok(fs.statSync(html).size < 8e6, `${fs.statSync(html).size} bytes`);
  await visit(t, html);
});

for (const [at, attack] of ATTACKS.entries()) {
  test(`nothing happens if every text is ${JSON.stringify(attack.slice(0, 40))}`, async (t) => {
    const data = dataOf(files);
    const kept = new Set([
      'mode',
      'what',
      'kind',
      'severity',
      'type',
      'edgeType',
      'verdict',
      'comparedBy',
      'classKey',
      'time',
      'language',
      'limits',
    ]);
    const infect = (value, key) => {
      if (typeof value === 'string') return kept.has(key) ? value : attack;
      if (Array.isArray(value)) return value.map((one) => infect(one, key));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, infect(one, name)]));
    };
    // Few rows, so that a megabyte of name is no gigabyte of page.
    data.summary.rows.splice(20);
    data.instances = Object.fromEntries(
      Object.entries(data.instances)
        .slice(0, 3)
        .map(([key, { totals, rows }]) => [key, { totals, rows: rows.slice(0, 3) }]),
    );
    data.paths = Object.fromEntries(Object.entries(data.paths).slice(0, 2));
    data.dominatorTree = Object.fromEntries(
      Object.entries(data.dominatorTree)
        .slice(0, 1)
        .map(([key, { totals, rows }]) => [key, { totals, rows: rows.slice(0, 9) }]),
    );
    data.duplicateStrings.rows.splice(10);
    data.findings.splice(2);
    for (const finding of data.findings) {
      finding.path.splice(4);
      finding.frames.splice(1);
      for (const frame of finding.frames) frame.lines.splice(3);
    }
    for (const diff of Object.values(data.diffs)) {
      diff.rows.splice(10);
      diff.newObjects.rows.splice(3);
    }
    data.trend.rows.splice(10);
    data.trend.owners.rows.splice(3);
    const html = path.join(folder, `attack-${at}.html`);
    fs.writeFileSync(html, render({ ...infect(data), showsValues: true }));
    await visit(t, html);
    fs.rmSync(html);
  });
}
