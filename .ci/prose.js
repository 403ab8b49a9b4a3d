'use strict';
// Checks the prose of the documentation against the word list in prose.json: `node .ci/prose.js`, part of `npm run lint`.
// Code blocks, inline code, comments and link targets are not prose. `--count` prints the number of hits of each rule.

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const { files, words } = JSON.parse(fs.readFileSync(path.join(__dirname, 'prose.json'), 'utf8'));

/** Returns the Markdown files that an entry of `files` means: all in a directory, or `*.md` at the root. */
function pagesOf(entry) {
  const directory = entry === '*.md' ? '.' : entry;
  return fs
    .readdirSync(path.join(ROOT, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(directory, name));
}

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** Returns the text of a page with everything that is not prose replaced by spaces, so that positions stay. */
function proseOf(page) {
  return page
    .replace(/^ *(```|~~~).*?^ *\1$/gms, blank)
    .replace(/<!--.*?-->/gs, blank)
    .replace(/`[^`\n]*`/g, (code) => `\`${'x'.repeat(code.length - 2)}\``)
    .replace(/\]\([^)]*\)/g, blank);
}

/** Joins wrapped lines, because a phrase may break at the end of a line. */
const unwrapped = (text) => text.replace(/([^\n|.])\n(?=[^\n|#*>-])/g, '$1 ');

function hitsIn(file) {
  const text = unwrapped(proseOf(fs.readFileSync(path.join(ROOT, file), 'utf8')));
  const lineOf = (index) => text.slice(0, index).split('\n').length;
  return words.flatMap(({ name, pattern, instead, case: isCased }) =>
    [...text.matchAll(new RegExp(pattern, isCased ? 'gm' : 'gim'))].map(({ 0: found, index }) => ({
      file,
      name,
      instead,
      found: found.trim(),
      line: lineOf(index),
    })),
  );
}

const pages = files.flatMap(pagesOf);
const hits = pages.flatMap(hitsIn);

if (process.argv.includes('--count')) {
  for (const { name } of words) console.log(`${String(hits.filter((hit) => hit.name === name).length).padStart(4)}  ${name}`);
  console.log(`${String(hits.length).padStart(4)}  in ${pages.length} pages`);
} else {
  for (const { file, found, name, instead } of hits) console.error(`${file}: "${found}" (${name}): use ${instead}`);
  process.exitCode = hits.length > 0 ? 1 : 0;
}
