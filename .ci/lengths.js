'use strict';
// Checks that no source file has more than 400 lines: `npm run lint:lengths`. Functions are checked by oxlint
// (`max-lines-per-function`) and clippy (`too-many-lines-threshold`).

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const MAX_LINES = 400;
const SOURCES = [
  'crates',
  'src',
  'lib',
  'bin',
  'index.js',
  'index.mjs',
  'register.js',
  'web/src',
  'terminal/src',
  'mcp/src',
  'release',
];
const EXTENSIONS = ['.rs', '.js', '.mjs', '.ts'];

/** Not written by hand, or one declaration after the other. */
const isLeftOut = (file) => file.endsWith('.d.ts') || /(^|\/)(target|node_modules|dist)\//.test(file);

function filesOf(entry) {
  if (fs.statSync(path.join(ROOT, entry)).isFile()) return [entry];
  return fs
    .readdirSync(path.join(ROOT, entry), { recursive: true })
    .map((name) => path.posix.join(entry, name.split(path.sep).join('/')))
    .filter((file) => EXTENSIONS.includes(path.extname(file)));
}

const lineCount = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1;

const long = SOURCES.flatMap(filesOf).filter((file) => !isLeftOut(file) && lineCount(file) > MAX_LINES);
for (const file of long) console.error(`${file} has ${lineCount(file)} lines, more than ${MAX_LINES}: split it by subject`);
process.exitCode = long.length > 0 ? 1 : 0;
