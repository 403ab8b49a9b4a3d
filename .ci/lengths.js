'use strict';
// Checks that no source file has more than 400 lines: `npm run lint:lengths`. Functions are checked by oxlint
// (`max-lines-per-function`) and clippy (`too-many-lines-threshold`).

const fs = require('node:fs');
const path = require('node:path');
const { ROOT, filesBelow } = require('./tree.js');

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

/** One declaration after the other. */
const isDeclarations = (file) => file.endsWith('.d.ts');

const lineCount = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1;

const sources = SOURCES.flatMap((entry) => filesBelow(entry, EXTENSIONS)).filter((file) => !isDeclarations(file));
const long = sources.filter((file) => lineCount(file) > MAX_LINES);
for (const file of long) console.error(`${file} has ${lineCount(file)} lines, more than ${MAX_LINES}: split it by subject`);
process.exitCode = long.length > 0 ? 1 : 0;
