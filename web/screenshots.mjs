// Makes the pictures of the README from the demo: `npm run --prefix web screenshots`, with the page built.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { go, launch, ready, report, temporaryFolder } from './test/support.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = path.join(ROOT, 'docs/images');
const SIZE = { width: 1180, height: 640 };

/** The two snapshots of the demo, under names that say what they are. */
function snapshots(folder) {
  const { status, stderr } = spawnSync(process.execPath, ['examples/demo/run.js'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  if (status !== 0) throw new Error(stderr);
  const [demo] = fs.readdirSync(folder);
  const files = fs
    .readdirSync(path.join(folder, demo))
    .filter((name) => name.endsWith('.heapsnapshot'))
    .sort();
  return files.map((file, at) => {
    const named = path.join(folder, ['before.heapsnapshot', 'after.heapsnapshot'][at]);
    fs.renameSync(path.join(folder, demo, file), named);
    return named;
  });
}

const PICTURES = {
  findings: { scheme: 'light' },
  summary: {
    scheme: 'light',
    async prepare(page) {
      await page.click('.tree-table .body .line:has-text("Order ×") .twisty');
      await page.click('.tree-table .body .line[aria-level="2"] >> nth=1');
      await page.waitForSelector('.path-graph');
    },
  },
  treemap: { scheme: 'dark' },
};

const folder = temporaryFolder();
process.chdir(ROOT); // so that places are short
const html = report(snapshots(folder), path.join(folder, 'report.html'));
const browser = await launch();
try {
  fs.mkdirSync(IMAGES, { recursive: true });
  for (const [view, { scheme, prepare }] of Object.entries(PICTURES)) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: scheme, locale: 'en-GB', deviceScaleFactor: 1.5 });
    await page.goto(pathToFileURL(html).href);
    await ready(page, 'findings');
    await go(page, view);
    await prepare?.(page);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: path.join(IMAGES, `report-${view}.png`) });
  }
} finally {
  await browser.close();
  fs.rmSync(folder, { recursive: true });
}
