'use strict';
// Reads interfaces and their doc comments from the type declarations, for the tables of docs/api.md.

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** Returns the text of all public declarations: of index.d.ts, and of the files that it exports. */
function readDeclarations() {
  const main = read('index.d.ts');
  const parts = [...main.matchAll(/^export \* from '.\/(.*)\.js';$/gm)].map(([, file]) => read(`${file}.d.ts`));
  return [main, ...parts].join('\n');
}

const COMMENT = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n *)?`;
const INTERFACE = /^export interface (\w+)([^{]*)\{(?:\}|\n([\s\S]*?)^\})$/gm;
const MEMBER = new RegExp(String.raw`^  ${COMMENT}(?:readonly )?(\w+)\??: ((?:[^;{]|\{[^}]*\})*);$`, 'gm');

/** Splits a doc comment into its text and its `@default`. Links become code. */
function readComment(comment = '') {
  const text = comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  const linked = text.replace(/\{@link ([\w.]+)\}/g, '`$1`');
  const [, body, standard] = /^(.*?)(?:\s*@default (.*?))?(?:\s*@(?:example|returns|param).*)?$/.exec(linked);
  return { text: body, standard };
}

function membersOf(body) {
  return [...body.matchAll(MEMBER)].map(([, comment, name, type]) => ({
    name,
    type: type.replace(/\s+/g, ' '),
    ...readComment(comment),
  }));
}

/** Returns the exported interfaces by name: `{ heritage, members }`. `heritage` is the text after `extends`. */
function readInterfaces() {
  return Object.fromEntries(
    [...readDeclarations().matchAll(INTERFACE)].map(([, name, heritage, body = '']) => [
      name,
      { heritage: heritage.trim(), members: membersOf(body) },
    ]),
  );
}

/** Returns the error codes of the package with their meaning, as the comment of `HeapdumpErrorCode` lists them. */
function readErrorCodes() {
  const [, comment] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport type HeapdumpErrorCode/.exec(readDeclarations());
  const flat = comment.replace(/^\s*\* ?/gm, '');
  return [...flat.matchAll(/^- `(\w+)`: ((?:.|\n(?!- ))*)/gm)].map(([, code, meaning]) => ({
    code,
    text: readComment(meaning).text,
  }));
}

module.exports = { readDeclarations, readErrorCodes, readInterfaces };
