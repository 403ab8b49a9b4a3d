// `npm run bench:leaks [-- FOLDER...]`: prints a table of the reports of each tool about programs with a known answer. Each tool
// gets the same three snapshots. A cell contains the number of names that explain the leak (variable, function, constructor, file)
// in the first reported item, in all reported items, and the number of items.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const require = createRequire(import.meta.url);
const { OWN, programs, runsOn, snapshots } = require('../../test/leaks/run.js');
const { findLeaksSync } = require('../../index.js');

const cache = path.join(root, '.cache/leak-peers');

function install() {
  fs.mkdirSync(cache, { recursive: true });
  fs.copyFileSync(path.join(here, 'peers/package.json'), path.join(cache, 'package.json'));
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: cache,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PUPPETEER_SKIP_DOWNLOAD: '1' },
  });
  if (status !== 0) throw new Error('npm install failed');
}

function peer(script) {
  return (files) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=4096', path.join(here, 'peers', script), path.join(cache, 'package.json'), ...files],
      { encoding: 'utf8', maxBuffer: 1 << 30, timeout: 300_000 },
    );
    if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) || 'no answer');
    return JSON.parse(stdout.trim().split('\n').at(-1));
  };
}

const TOOLS = {
  'heapdump-rs suspects': (files) =>
    findLeaksSync(files)
      .filter(({ severity }) => severity === 'leak')
      .map((finding) => ({ text: JSON.stringify(finding) })),
  'memlab find-leaks': peer('memlab.mjs'),
  'memlab analyze unbound-*': peer('memlab-analyze.mjs'),
  'heap-snapshot-toolkit diff': peer('toolkit.mjs'),
};

/** Returns how many of `names` occur. */
const named = (names, text) => names.filter((name) => text.includes(name)).length;

function cell(tool, files, expected) {
  let reported;
  try {
    reported = tool(files);
  } catch (error) {
    return `failed: ${error.message.slice(0, 60)}`;
  }
  const things = `${reported.length} reported`;
  if (!expected.leak) return reported.length === 0 ? 'silent' : things;
  const names = expected.mention ?? [];
  const first = reported.length > 0 ? named(names, reported[0].text) : 0;
  const all = named(names, reported.map(({ text }) => text).join('\n'));
  return `${first} of ${names.length} in the first, ${all} in all; ${things}`;
}

install();
console.log(`Node ${process.version}\n`);
console.log(`| program | leaks | ${Object.keys(TOOLS).join(' | ')} |`);
console.log(`|---|---|${'---|'.repeat(Object.keys(TOOLS).length)}`);
const major = Number.parseInt(process.versions.node, 10);
const folders = process.argv.length > 2 ? process.argv.slice(2).map((folder) => path.resolve(folder)) : [OWN];
for (const { name, file, expected } of folders.flatMap(programs).filter((program) => runsOn(program, major))) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-bench-'));
  try {
    const files = snapshots(process.execPath, file, folder);
    const cells = Object.values(TOOLS).map((tool) => cell(tool, files, expected));
    console.log(`| ${name} | ${expected.leak ? 'yes' : 'no'} | ${cells.join(' | ')} |`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
