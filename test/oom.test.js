'use strict';
// watch() when V8 fails an allocation that is larger than the rest of the heap.
//
// V8 does not call its near-heap-limit callback then: 0.1.0 wrote nothing when a Set, a Map or an array outgrew the heap in one
// step. All shapes of growth: `test/hostile/oom.js`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary, written } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const FORKS = { timeout: 180_000, skip: heapdump.capabilities().fork.available ? false : 'nothing is forked here' };
// Numbers, whose snapshots are small: writing a file of a million objects would take longer than everything else.
const SET = 'leak.kept = new Set(); for (let i = 0; ; i++) leak.kept.add(i);';
const STEPS = `leak.kept = new Set(); let i = 0;
  setInterval(() => { for (const end = i + 200_000; i < end; i++) leak.kept.add(i); }, 0);`;
const ARRAY = 'leak.kept = new Array(1 << 17).fill(0.5); for (;;) leak.kept = leak.kept.concat(leak.kept);';

// The table of a Set grows from 42 MB to 84 and 168 MB. With this limit, the last step exceeds all extra heap that is granted.
const SET_LIMIT = '--max-old-space-size=160';
const ARRAY_LIMIT = '--max-old-space-size=120';

/** Maximum number of runs until V8 fails without a callback. */
const MAX_RUNS = 3;

/** A program that grows; `watch`: the code at its start. */
function program(growth, watch) {
  return `
    const heapdump = require('heapdump-rs');
    ${watch}
    class Leak {}
    const leak = globalThis.leak = new Leak();
    ${growth}
  `;
}

/** The last output of Node, without the place where V8 failed, which differs between runs. */
function fatalLines(stderr) {
  return stderr
    .split('\n')
    .filter((line) => /^(FATAL ERROR|<--- Last few GCs|----- Native stack trace)/.test(line))
    .map((line) => line.replace(/^FATAL ERROR: .* Allocation failed/, 'FATAL ERROR: Allocation failed'));
}

/** Fills the heap of a watched program, checks its end and its one snapshot, and returns the reason of that. */
async function reasonOfLastDump(t, growth) {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    program(growth, "heapdump.watch({ dir: 'dumps', sidecar: true, name: 'last-{pid}-{utc}.heapsnapshot' });"),
    { execArgv: [SET_LIMIT] },
  );
  const plain = start(t, temporary(t), program(growth, ''), { execArgv: [SET_LIMIT] });
  assert.deepEqual(await app.exit, await plain.exit);
  assert.deepEqual(fatalLines(app.stderr), fatalLines(plain.stderr));
  assert.doesNotMatch(plain.stderr, /heapdump-rs:/);
  const dumps = path.join(directory, 'dumps');
  const [file, ...others] = snapshots(dumps);
  assert.match(file, new RegExp(`^last-${app.pid}-\\d{8}T\\d{6}Z\\.heapsnapshot$`));
  assert.deepEqual([others, partials(dumps)], [[], []]);
  assert.equal(readSnapshot(path.join(dumps, file)).count('Leak'), 1);
  assert.match(app.stderr, /^heapdump-rs: wrote /m);
  const { reason, method, startedAt } = JSON.parse(fs.readFileSync(path.join(dumps, `${file}.json`)));
  assert.equal(method, 'fork');
  assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < FORKS.timeout, startedAt);
  return reason;
}

for (const [name, growth] of [
  ['in a loop', SET],
  ['in steps that yield', STEPS],
]) {
  test(
    `a Set that doubles beyond the limit ${name}: one whole snapshot, and the end is what it would have been`,
    FORKS,
    async (t) => {
      // On a busy machine V8 sometimes calls its near-heap-limit callback first, and the dump of that is the one.
      const reasons = [];
      while (reasons.length < MAX_RUNS && reasons.at(-1) !== 'watch: outOfMemory') reasons.push(await reasonOfLastDump(t, growth));
      assert.equal(reasons.pop(), 'watch: outOfMemory');
      assert.ok(
        reasons.every((reason) => reason === 'watch: nearHeapLimit'),
        reasons.join(),
      );
    },
  );
}

// Regression from 0.1.0: the heap was beyond its limit when the callback requested a dump. A dump starts with a garbage collection,
// and V8 aborted at its end. An empty partial file was left.
test('an array that doubles beyond the limit leaves one whole snapshot', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, program(ARRAY, 'heapdump.watch({ maxDumps: 1 });'), { execArgv: [ARRAY_LIMIT] });
  const { code, signal } = await app.exit;
  assert.ok(code !== 0 || signal, 'it died');
  const [file] = await written(directory);
  assert.equal(readSnapshot(file).count('Leak'), 1);
  assert.deepEqual([snapshots(directory).length, partials(directory)], [1, []]);
});

test('if no snapshot can be written, a line says why, and the process ends as without watch()', FORKS, async (t) => {
  const directory = temporary(t);
  fs.writeFileSync(path.join(directory, 'file'), '');
  const app = start(t, directory, program(SET, "heapdump.watch({ dir: 'file/dumps' });"), {
    execArgv: [SET_LIMIT, '--report-on-fatalerror', '--report-directory=.'],
  });
  const plain = start(t, temporary(t), program(SET, ''), { execArgv: [SET_LIMIT] });
  assert.deepEqual(await app.exit, await plain.exit);
  assert.match(app.stderr, /^heapdump-rs: dump failed: Not a directory/m);
  const reports = fs.readdirSync(directory).filter((name) => name.startsWith('report.'));
  assert.equal(reports.length, 1, 'Node wrote its own report');
});

test('a watch that has ended, or wants no fork, leaves the end alone', FORKS, async (t) => {
  for (const watch of [
    'heapdump.watch({ dir: "dumps" }).stop();',
    'heapdump.watch({ dir: "dumps", mode: "inline", nearHeapLimit: false, rss: 2 ** 50 });',
  ]) {
    const directory = temporary(t);
    const app = start(t, directory, program(SET, watch), { execArgv: [SET_LIMIT] });
    const { code, signal } = await app.exit;
    assert.ok(code !== 0 || signal, 'it died');
    assert.doesNotMatch(app.stderr, /heapdump-rs:/);
    assert.equal(fs.existsSync(path.join(directory, 'dumps')), false);
  }
});
