'use strict';
// Checks prose against the word list in prose.json: `npm run lint:prose`. `pages` lists Markdown files, or directories of them;
// `comments` lists source files, or directories of them, whose comments are checked. `DIRECTORY/**` includes subdirectories.
// `except` lists files that are not checked. `--count` prints the hits of each rule.

const fs = require('node:fs');
const path = require('node:path');
const { ROOT, filesBelow } = require('./tree.js');

const { pages, comments, except, words } = JSON.parse(fs.readFileSync(path.join(__dirname, 'prose.json'), 'utf8'));

/** Returns the files of an entry of the list that have one of the extensions, and are not excepted. */
function filesOf(entry, extensions) {
  const [directory, subdirectories] = entry.split('/**');
  const isMeant = (file) => subdirectories !== undefined || file === directory || path.dirname(file) === directory;
  return filesBelow(directory, extensions).filter((file) => isMeant(file) && !except.includes(file));
}

const blank = (text) => text.replace(/[^\n]/g, ' ');
const withoutCode = (text) => text.replace(/`[^`\n]*`/g, (code) => `\`${'x'.repeat(code.length - 2)}\``);

/** Returns the text of a Markdown page. Code blocks, inline code, comments and link targets are replaced by spaces. */
function textOfPage(page) {
  const text = page.replace(/^ *(```|~~~).*?^ *\1$/gms, blank).replace(/<!--.*?-->/gs, blank);
  return withoutCode(text).replace(/\]\([^)]*\)/g, blank);
}

/** Returns the comments of a source file, one paragraph each, without their marks. */
function textOfComments(source) {
  const found = source.match(/\/\*[\s\S]*?\*\/|(?:^ *\/\/.*\n?)+/gm) ?? [];
  const plain = found.map((comment) => comment.replace(/^ *(?:\/\*+|\*+\/?|\/\/[/!]?) ?|\*\/$/gm, '').replace(/^@\w+/gm, '\n'));
  return withoutCode(plain.join('\n\n'));
}

/** Joins wrapped lines, because a phrase may break at the end of a line. */
const unwrapped = (text) => text.replace(/([^\n|.])\n(?=[^\n|#*>-])/g, '$1 ');

function hitsIn({ file, read }) {
  const text = unwrapped(read(fs.readFileSync(path.join(ROOT, file), 'utf8')));
  return words.flatMap(({ name, pattern, instead, isCaseSensitive }) =>
    (text.match(new RegExp(pattern, isCaseSensitive ? 'gm' : 'gim')) ?? []).map((found) => ({ file, name, instead, found })),
  );
}

const files = [
  ...pages.flatMap((entry) => filesOf(entry, ['.md'])).map((file) => ({ file, read: textOfPage })),
  ...comments
    .flatMap((entry) => filesOf(entry, ['.ts', '.js', '.mjs', '.cjs', '.rs']))
    .map((file) => ({ file, read: textOfComments })),
];
const hits = files.flatMap(hitsIn);

if (process.argv.includes('--count')) {
  for (const { name } of words) console.log(`${String(hits.filter((hit) => hit.name === name).length).padStart(4)}  ${name}`);
  console.log(`${String(hits.length).padStart(4)}  in ${files.length} files`);
} else {
  for (const { file, found, name, instead } of hits) console.error(`${file}: "${found.trim()}" (${name}): use ${instead}`);
  process.exitCode = hits.length > 0 ? 1 : 0;
}
