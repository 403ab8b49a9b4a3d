'use strict';
// Sort keys and filters are defined in one table in Rust. All other places agree with it.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { FILTERS, SORTS } = require('../lib/analysis/questions.js');
const { ROOT } = require('./support/temporary.js');

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** Returns the words of the union of string literals that follows `start` in a declaration. */
function unionAfter(text, start) {
  const at = text.search(start);
  assert.notEqual(at, -1, String(start));
  return [...text.slice(at, text.indexOf(';', at)).matchAll(/'(\w+)'/g)].map(([, word]) => word);
}

test('types have all sort keys and filters', () => {
  const analysis = read('lib/analysis/analysis.d.ts');
  const interfaces = { SummaryOptions: 'summary', DiffOptions: 'diff', NodeListOptions: 'nodes', EdgeListOptions: 'children' };
  for (const [name, list] of Object.entries(interfaces)) {
    const body = analysis.slice(analysis.search(new RegExp(`interface ${name}\\b`)));
    assert.deepEqual(unionAfter(body, /^ {2}sort\?:/m).sort(), [...SORTS[list]].sort(), name);
  }
  const trend = read('lib/analysis/trend.d.ts');
  assert.deepEqual(
    unionAfter(trend.slice(trend.search(/interface TrendOptions\b/)), /^ {2}sort\?:/m).sort(),
    [...SORTS.trend].sort(),
  );
  assert.deepEqual(unionAfter(analysis, /type SummaryFilter =/), FILTERS);
  assert.deepEqual([...SORTS.children].sort(), [...SORTS.retainers].sort());
});

test('the command line names all sort keys and filters', () => {
  const help = (command) =>
    execFileSync(process.execPath, [path.join(ROOT, 'bin/heapdump-rs.js'), command, '--help'], { encoding: 'utf8' }).replace(
      /\s+/g,
      ' ',
    );
  for (const filter of FILTERS) assert.ok(help('summary').includes(filter), filter);
  for (const command of ['summary', 'diff', 'trend']) assert.ok(help(command).includes(SORTS[command].join(', ')), command);
});

test('the page has a word for each filter, in each language', () => {
  for (const language of ['en', 'zh']) {
    const words = read(`web/src/words/${language}.ts`);
    const [, filters] = /filters: \{\n(.*?)\n {4}\}/s.exec(words);
    assert.deepEqual(
      [...filters.matchAll(/^ +(\w+):/gm)].map(([, name]) => name),
      ['all', ...FILTERS],
      language,
    );
  }
});
