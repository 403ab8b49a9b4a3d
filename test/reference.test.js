'use strict';
// The reference pages: docs/api.md has every call, option and error of the package, docs/cli.md every command.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('..');
const { readErrorCodes, readInterfaces } = require('../docs/generate/declarations.js');
const { apiPage, cliPage } = require('../docs/generate/make.js');
const { ROOT } = require('./support/temporary.js');

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const api = read('docs/api.md');

test('the tables of docs/api.md are those of the type declarations', () => {
  assert.equal(api, apiPage(), 'run: npm run build:docs');
});

test('docs/cli.md has the help texts of all commands', () => {
  assert.equal(read('docs/cli.md'), cliPage(), 'run: npm run build:docs');
});

test('docs/api.md has every call of the package', () => {
  for (const [name, value] of Object.entries(heapdump)) {
    if (typeof value === 'function') assert.match(api, new RegExp(`\`${name}[\`(]`), `docs/api.md lacks ${name}`);
  }
});

test('docs/api.md has every method of Snapshot', () => {
  const methods = Object.getOwnPropertyNames(heapdump.Snapshot.prototype).filter((name) => name !== 'constructor');
  for (const name of methods) {
    const plain = name.replace(/Sync$/, '');
    assert.match(api, new RegExp(`\`${plain}[\`(]`), `docs/api.md lacks ${name}`);
  }
});

test('docs/api.md has a table for every type of options', () => {
  const types = Object.keys(readInterfaces()).filter((name) => name.endsWith('Options'));
  assert.ok(types.length > 15, `${types.length}`);
  for (const name of types) assert.ok(api.includes(`<!-- options: ${name} -->`), `docs/api.md lacks ${name}`);
});

test('every option has a description', () => {
  for (const [name, { members }] of Object.entries(readInterfaces())) {
    if (!name.endsWith('Options')) continue;
    for (const member of members) assert.ok(member.text, `${name}.${member.name}`);
  }
});

test('every error code of the type has a meaning, and every code that JavaScript makes is documented', () => {
  // Those of the command line are on the page of the command.
  const documented = api + read('docs/attach.md');
  const declared = /export type HeapdumpErrorCode =([^;]*);/.exec(read('index.d.ts'))[1].match(/\w+(?=')/g);
  assert.deepEqual(
    readErrorCodes()
      .map(({ code }) => code)
      .sort(),
    declared.sort(),
  );
  const sources = fs.readdirSync(path.join(ROOT, 'lib'), { recursive: true }).filter((name) => name.endsWith('.js'));
  const made = sources
    .filter((name) => !name.startsWith('view')) // the server's own, which the page handles
    .flatMap((name) => read(path.join('lib', name)).match(/'ERR_HEAPDUMP_\w+'/g) ?? []);
  assert.ok(made.length > 10, `${made.length}`);
  for (const code of new Set(made)) assert.ok(documented.includes(`\`${code.slice(1, -1)}\``), `no page has ${code}`);
});

test('docs/zh/findings.md has a row for every kind of finding', () => {
  const [, union] = /export type FindingKind =([^;]*);/.exec(read('lib/analysis/findings.d.ts'));
  const kinds = union.match(/[\w-]+(?=')/g);
  assert.ok(kinds.length > 20, `${kinds.length}`);
  const table = read('docs/zh/findings.md').split('\n## 种类\n')[1].split('\n## ')[0];
  for (const kind of kinds) assert.ok(table.includes(`\`${kind}\``), `docs/zh/findings.md lacks ${kind}`);
});
