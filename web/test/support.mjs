// A browser, and reports to look at.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const { cleanup } = require('../../test/support/cleanup.js');
export const axe = require('axe-core');
export const heapdump = require('../../index.js');
export const { render } = require('../../lib/report/page.js');

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAM = path.resolve(HERE, '../../bin/heapdump-rs.js');

/** What Debian, and others, call it. */
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts Chromium. That it is missing is a failure: what is not tested here is tested nowhere. */
export async function launch() {
  const executablePath = BROWSERS.find((file) => file && fs.existsSync(file));
  assert.ok(executablePath, 'Chromium is missing: apt-get install chromium, or name it by CHROMIUM=/path/to/chromium');
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export function temporaryFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-web-'));
}

/** The snapshots that a program of `programs/` writes. */
export function snapshotsOf(program, folder, ...args) {
  const place = fs.mkdtempSync(path.join(folder, `${program}-`));
  const { status, stderr } = spawnSync(process.execPath, [path.join(HERE, 'programs', `${program}.cjs`), place, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  return fs
    .readdirSync(place)
    .sort()
    .map((name) => path.join(place, name));
}

/** Runs `heapdump-rs report`; gives the path of the page. */
export function report(files, output, ...options) {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'report', ...files, '-o', output, ...options], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  return output;
}

/** The data that is in the page of a report. */
export function dataOf(files, ...options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'report', ...files, '--json', ...options], {
    encoding: 'utf8',
    maxBuffer: 1e9,
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/**
 * Opens an empty page; the test `t` fails at its end if the page complained, showed a dialog, or sent a request that `isAllowed`
 * does not accept.
 * @param {{isAllowed: (url: string) => boolean, lang?: string, scheme?: 'light'|'dark', width?: number, height?: number}} options
 * @returns the page, and the `complaints` so far
 */
export async function watchedPage(t, browser, { isAllowed, lang = 'en', scheme = 'light', width = 1280, height = 800 }) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!isAllowed(request.url())) complaints.push(`request: ${request.url()}`);
  });
  cleanup(t, async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  return { page, complaints };
}

/** Opens a file in a watched page. `options`: of `watchedPage`. */
export async function open(t, browser, file, options) {
  const url = pathToFileURL(file).href;
  const isAllowed = (requested) => requested.startsWith(url) || requested.startsWith('data:');
  const { page } = await watchedPage(t, browser, { ...options, isAllowed });
  await page.goto(url);
  await page.waitForSelector('#panel[data-ready]');
  return page;
}

/** Goes to a view by its tab. */
export async function go(page, view) {
  await page.click(`#tab-${view}`);
  await ready(page, view);
}

export async function ready(page, view) {
  await page.waitForSelector(`#panel[data-ready="${view}"]`);
}

/** The views that there are tabs for. */
export async function views(page) {
  return page.$$eval('[role=tab]', (tabs) => tabs.map((tab) => tab.id.slice('tab-'.length)));
}

/** What axe has against the page, in words. */
export async function barriers(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}
