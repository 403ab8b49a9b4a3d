'use strict';
// The declarations say what the code does.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');

const ROOT = path.resolve(__dirname, '..');
const DECLARATIONS = fs.readFileSync(path.join(ROOT, 'index.d.ts'), 'utf8').replace(/\/\*\*.*?\*\//gs, '');

const sorted = (names) => [...new Set(names)].sort();
const names = (text, pattern) => sorted([...text.matchAll(pattern)].map(([, name]) => name));

/** The names of the members of a declared interface. */
function members(name) {
  const [, body] = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(DECLARATIONS);
  return names(body, /^ {2}(\w+)\??:/gm);
}

test('what is exported is declared, and the other way round', async () => {
  const declared = names(DECLARATIONS, /^export (?:function|const|class) (\w+)/gm);
  assert.deepEqual(sorted(Object.keys(heapdump)), declared);

  const module = await import('../index.mjs');
  assert.deepEqual(sorted(Object.keys(module)), sorted([...declared, 'default']));
  assert.equal(module.default, heapdump);
  for (const name of declared) assert.equal(module[name], heapdump[name]);
});

test('a result has the fields that are declared', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-types-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const result = await heapdump.dump({ path: path.join(folder, 'a.heapsnapshot') });
  assert.deepEqual(sorted(Object.keys(result)), members('DumpResult'));
  assert.deepEqual(sorted(Object.keys(result.memoryBefore)), members('MemoryUsage'));
  assert.deepEqual(sorted(Object.keys(heapdump.capabilities())), members('Capabilities'));
});

test('options are known by the names that are declared', () => {
  for (const [call, type] of [[heapdump.dump, 'DumpOptions'], [heapdump.install, 'InstallOptions']]) {
    assert.throws(() => call({ noSuchOption: true }), ({ code, message }) => {
      assert.equal(code, 'ERR_INVALID_ARG_VALUE');
      const [, known] = /known are ([\w, ]+)\./.exec(message);
      assert.deepEqual(sorted(known.split(', ')), members(type));
      return true;
    });
  }
});

test('programs in TypeScript compile', (t) => {
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  if (!fs.existsSync(compiler)) return t.skip('TypeScript is not installed');
  if (Number(process.versions.node.split('.')[0]) < 20) return t.skip('TypeScript needs a newer Node');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', path.join(__dirname, 'types')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
