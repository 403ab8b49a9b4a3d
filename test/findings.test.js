'use strict';
// What leaks is named; what is healthy is left in peace. `npm run test:leaks` runs all programs.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const heapdump = require('../index.js');
const { OWN, check, programs, snapshots } = require('./leaks/run.js');

const PROGRAM = path.resolve(__dirname, '../bin/heapdump-rs.js');

/** One of each rule, and what is easily mistaken for a leak. */
const CHOSEN = /^(arrow-chain|async-handler|async-hook|async-resource|context-in-handles|growing-text|healthy-siblings|healthy-twins|block-scope|abort-signal|interval-method|dictionary|map-of-arrays|parked-async|sliced-records|healthy-filling|healthy-latest|healthy-pool|healthy-undo)$/;

for (const program of programs(OWN).filter(({ name }) => CHOSEN.test(name))) {
  test(`${program.name} is ${program.expected.leak ? 'explained' : 'silent'}`, () => {
    assert.deepEqual(check(process.execPath, program).wrong, []);
  });
}

/** Snapshots of a program with a secret in the keys and values of what leaks. */
let folder;
let files;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-findings-'));
  files = snapshots(process.execPath, path.join(OWN, 'dictionary.js'), folder);
});
after(() => fs.rmSync(folder, { recursive: true }));

function suspects(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'suspects', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('no contents of strings are told', () => {
  for (const args of [files, [...files, '--json'], [files[2]], [files[2], '--json']]) {
    assert.doesNotMatch(suspects(...args).stdout, /hunter2/);
  }
});

test('the command line and JavaScript tell the same', async () => {
  const { findings } = JSON.parse(suspects(...files, '--json').stdout);
  assert.ok(findings.length > 0);
  assert.deepEqual(await heapdump.findLeaks(files), findings);
  assert.deepEqual(heapdump.findLeaksSync(files), findings);
  const opened = files.map((file) => heapdump.openSync(file));
  assert.deepEqual(heapdump.findLeaksSync(opened), findings);
  assert.deepEqual(opened[2].suspectsSync(), heapdump.findLeaksSync([opened[2]]));
  for (const snapshot of opened) snapshot.close();
});

test('a check fails when there is a leak that is not known', () => {
  assert.equal(suspects(...files).status, 0);
  assert.equal(suspects(...files, '--fail-on', 'leak').status, 1);
  const [{ signature }] = heapdump.findLeaksSync(files);
  const known = path.join(folder, 'known');
  fs.writeFileSync(known, `# we know\n${signature}\n`);
  const { status, stdout } = suspects(...files, '--fail-on', 'leak', '--ignore', known);
  assert.equal(status, 0);
  assert.match(stdout, /1 known left out/);
  assert.deepEqual(heapdump.findLeaksSync(files, { ignore: [signature] }), []);
});

test('wrong usage is told', () => {
  assert.equal(suspects().status, 2);
  assert.equal(suspects(...files, '--fail-on', 'everything').status, 2);
  assert.equal(suspects(path.join(folder, 'nothing')).status, 3);
  for (const wrong of [undefined, [], 'a', [1]]) {
    assert.throws(() => heapdump.findLeaks(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => heapdump.findLeaksSync(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => heapdump.findLeaks(files, { ignore: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('snapshots of different processes are refused', async () => {
  const other = path.join(__dirname, 'fixtures/node22.heapsnapshot.zst');
  await assert.rejects(heapdump.findLeaks([other, files[2]]), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
});

test('the work can be given up', async () => {
  await assert.rejects(heapdump.findLeaks(files, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
