'use strict';
// The table of options, and the places that repeat it: types, documentation, the command line.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { readOptions } = require('../lib/capture/environment.js');
const { OPTIONS, REQUESTED, schemaOf } = require('../lib/capture/options.js');
const { withRequest } = require('../lib/capture/signal-request.js');
const { ROOT } = require('./support/temporary.js');

const TYPES = {
  dump: 'DumpOptions',
  install: 'InstallOptions',
  watch: 'WatchOptions',
  estimate: 'EstimateOptions',
  restore: 'RestoreOptions',
};

/** Returns the names of the properties of the interface `name` of `index.d.ts`, including inherited ones. */
function propertiesOf(name) {
  const text = fs.readFileSync(path.join(ROOT, 'index.d.ts'), 'utf8');
  const [, heading, body] = new RegExp(`^export interface ${name}\\b([^{]*)\\{(.*?)\\}$`, 'ms').exec(text);
  const taken = [...heading.replace('Pick<DumpOptions', '').matchAll(/'(\w+)'/g)];
  return [...taken, ...body.matchAll(/^  (\w+)\??:/gm)].map(([, property]) => property);
}

for (const [call, type] of Object.entries(TYPES)) {
  test(`${type} has the options that ${call} takes`, () => {
    assert.deepEqual(propertiesOf(type).sort(), Object.keys(schemaOf(call)).sort());
  });
}

test('an option that a request can set has a form in the environment that orders its values by strictness', () => {
  assert.deepEqual(Object.keys(REQUESTED).sort(), ['encryptTo', 'mode', 'redact', 'sources']);
  for (const [name, { of, environment, request }] of Object.entries(REQUESTED)) {
    assert.ok(of.includes('install') && environment, name);
    if (request.isReplaced) {
      assert.equal(withRequest({ [name]: environment.values[2] }, { [name]: environment.values[1] })[name], environment.values[1]);
      continue;
    }
    if (request.value && !environment.values) {
      assert.equal(withRequest({ [name]: 'own' }, { [name]: 'theirs' })[name], 'own');
      assert.equal(withRequest({}, { [name]: 'theirs' })[name], 'theirs');
      continue;
    }
    const [weak, strong] = environment.values ?? [false, true];
    assert.equal(withRequest({ [name]: weak }, { [name]: strong })[name], strong);
    assert.equal(withRequest({ [name]: strong }, { [name]: weak })[name], strong);
    assert.equal(withRequest({ [name]: strong }, {})[name], strong);
  }
});

test('every option is of a call that exists', () => {
  for (const [name, { of }] of Object.entries(OPTIONS)) {
    assert.ok(of.length > 0 && of.every((call) => Object.hasOwn(TYPES, call)), name);
  }
});

test('docs/api.md has a row for each option of NODE_HEAPDUMP_OPTIONS', () => {
  const text = fs.readFileSync(path.join(ROOT, 'docs/api.md'), 'utf8');
  const table = text.slice(text.indexOf('| option of NODE_HEAPDUMP_OPTIONS |')).split('\n\n')[0];
  const named = [...table.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
  const inTable = Object.entries(OPTIONS)
    .filter(([, { environment }]) => environment)
    .map(([name]) => name);
  assert.deepEqual([...new Set(named)].sort(), [...inTable, 'nosignal', 'nowatch'].sort());
});

test('NODE_HEAPDUMP_OPTIONS sets the options of the table, and nothing else', () => {
  for (const [name, { environment }] of Object.entries(OPTIONS)) {
    if (!environment) {
      assert.deepEqual(readOptions(name).unrecognized, [name]);
      continue;
    }
    const { example, values, strictest } = environment;
    if (!example) {
      assert.equal(readOptions(name)[name], true);
      assert.deepEqual(readOptions(`${name}=1`).unrecognized, [`${name}=1`]);
      continue;
    }
    for (const value of values ?? ['a=b']) assert.equal(readOptions(`${name}=${value}`)[name], value);
    const wrong = `${name}=${values ? 'unknown' : ''}`;
    assert.deepEqual(readOptions(wrong).unrecognized, [wrong]);
    if (strictest) assert.equal(readOptions(wrong)[name], strictest);
  }
});
