'use strict';
// Sort keys and filters are defined in one table in Rust. All other places agree with it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { readInterfaces } = require('../docs/generate/declarations.js');
const { FILTERS, OF_SEVERAL, QUESTIONS, SORTS } = require('../lib/analysis/questions.js');
const { outputOf } = require('./support/command.js');
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
  const help = (command) => outputOf(command, '--help').replace(/\s+/g, ' ');
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

/** The names of the options of a type such as `FindOptions & Abortable`, without those that only asynchronous calls take. */
function optionNames(type, interfaces) {
  const names = type.split('&').flatMap((one) => {
    const name = one.trim();
    if (name === 'Abortable') return [];
    const { heritage, members } = interfaces[name];
    const bases = heritage
      .replace(/^extends /, '')
      .split(', ')
      .filter(Boolean);
    return [...members.map((member) => member.name), ...bases.flatMap((base) => optionNames(base, interfaces))];
  });
  return [...new Set(names)].sort();
}

test('every check of the table of queries exists', () => {
  for (const [query, { argument, options = {} }] of Object.entries({ ...QUESTIONS, ...OF_SEVERAL })) {
    if (argument && query !== 'diffObjects') assert.equal(typeof argument.check, 'function', query);
    for (const [name, check] of Object.entries(options)) assert.equal(typeof check, 'function', `${query} ${name}`);
  }
});

test('the types of the methods of Snapshot have the arguments and options of the table of queries', () => {
  const interfaces = readInterfaces();
  const declared = read('lib/analysis/snapshot.d.ts');
  // `query` takes SQL.
  const methods = [...declared.matchAll(/^ {2}(\w+)\(([^)]*)\): Promise<.*>;$/gm)].filter(([, name]) => name !== 'query');
  assert.deepEqual(methods.map(([, name]) => name).sort(), Object.keys(QUESTIONS).sort());
  for (const [, name, list] of methods) {
    const { argument, options = {} } = QUESTIONS[name];
    const given = list.split(', ').map((one) => /^(\w+)(\??): (.*)$/.exec(one).slice(1));
    const [[, , type]] = given.splice(-1);
    assert.deepEqual(
      given.map(([argumentName, mark]) => [argumentName, mark]),
      argument ? [[argument.name, argument.isRootByDefault ? '?' : '']] : [],
      name,
    );
    assert.deepEqual(optionNames(type, interfaces), Object.keys(options).sort(), name);
  }
});

test('the types of diff() and trend() have the options of the table of queries', () => {
  const interfaces = readInterfaces();
  for (const [name, type] of Object.entries({ diff: 'DiffOptions', trend: 'TrendOptions', leakReport: 'SuspectsOptions' }))
    assert.deepEqual(optionNames(type, interfaces), Object.keys(OF_SEVERAL[name].options).sort(), name);
});
