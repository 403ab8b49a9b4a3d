'use strict';
// Findings say where their objects were allocated, if the last snapshot has an allocation profile beside it.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { findLeaks, findLeaksSync, leakReport, openSync } = require('..');
const { render } = require('../lib/messages.js');
const { OWN } = require('./leaks/run.js');
const { cleanEnvironment } = require('./support/app.js');
const { outputOf } = require('./support/command.js');
const { ROOT, temporary } = require('./support/temporary.js');

const LONG = { timeout: 300_000 };

/** Runs a program of test/leaks with the profiler on, and returns its snapshots. The last one has a profile beside it. */
function profiled(t, file, { intervalBytes = 256 } = {}) {
  const folder = temporary(t);
  const preload = path.join(folder, 'preload.js');
  fs.writeFileSync(
    preload,
    `const profiler = require(${JSON.stringify(ROOT)}).profile();
    profiler.start({ intervalBytes: ${intervalBytes} });
    process.on('exit', () => require('fs').writeFileSync(process.argv[2] + '/s3.heapprofile', profiler.stop().toHeapProfile()));`,
  );
  const { status, stderr } = spawnSync(process.execPath, ['-r', preload, file, folder], {
    encoding: 'utf8',
    cwd: path.dirname(file),
    env: cleanEnvironment(),
  });
  assert.equal(status, 0, stderr);
  return [1, 2, 3].map((n) => path.join(folder, `s${n}.heapsnapshot`));
}

/** A program that makes orders in one function, and entries in three. */
function program(t) {
  const file = path.join(temporary(t), 'orders.js');
  const harness = JSON.stringify(path.join(ROOT, 'test/leaks/harness.js'));
  fs.writeFileSync(
    file,
    `'use strict';
class Order { constructor(n) { this.lines = new Array(40).fill(n + 0.5); } }
class Entry { constructor(n) { this.words = new Array(40).fill(n + 0.5); } }
const orders = [];
const journal = [];
function fetchOrder(n) { return new Order(n); }
function handle(n) { orders.push(fetchOrder(n)); }
const made = [(n) => new Entry(n), function second(n) { return new Entry(n); }, function third(n) { return new Entry(n); }];
require(${harness}).run((n) => { handle(n); journal.push(made[n % 3](n)); });
module.exports = { orders, journal };
`,
  );
  return file;
}

const ofClass = (findings, name) => findings.find(({ culprit }) => culprit.variable === name);

test('the function that makes the objects is named, in every form', LONG, async (t) => {
  const files = profiled(t, program(t));
  const findings = await findLeaks(files);
  const { allocatedAt: site, sentence, messages } = ofClass(findings, 'orders');
  assert.equal(site.function, 'fetchOrder');
  assert.equal(site.class, 'Order');
  assert.deepEqual([path.basename(site.file), site.line], ['orders.js', 6]);
  assert.deepEqual([site.callers[0].function, site.callers[0].line], ['handle', 7]);
  assert.ok(site.share > 0.9 && site.confidence > 0.8 && site.confidence < 1, JSON.stringify(site));
  assert.match(
    sentence,
    /`Order` objects are made: in `fetchOrder` \(.*orders\.js:6:\d+\), called from `handle` \(.*orders\.js:7:\d+\)/,
  );
  assert.equal(messages.sentence.at(-1).id, 'allocated-at');
  assert.match(render('zh', messages.sentence), /`Order` 对象的创建位置：`fetchOrder`（/);
  assert.deepEqual(findLeaksSync(files), findings);
  assert.match(outputOf('suspects', ...files).replace(/\s+/g, ' '), /made: in `fetchOrder` \(/);
  assert.deepEqual(
    JSON.parse(outputOf('suspects', '--json', ...files)).findings.find((one) => one.allocatedAt)?.allocatedAt.function,
    'fetchOrder',
  );
  // Three functions make entries: none has most of the bytes.
  const other = ofClass(findings, 'journal');
  assert.ok(other !== undefined && other.allocatedAt === undefined, JSON.stringify(other));
});

test('without a profile beside the last snapshot, or with a damaged one, findings are as before', LONG, async (t) => {
  const files = profiled(t, program(t));
  const profile = files[2].replace('.heapsnapshot', '.heapprofile');
  const withSite = await leakReport(files);
  const snapshots = files.map((file) => openSync(file));
  assert.deepEqual(await leakReport(snapshots), withSite, 'an open snapshot knows its file');
  for (const snapshot of snapshots) snapshot.close();
  for (const text of ['{', '{"head":{"callFrame":{"functionName":"","url":"","lineNumber":0},"selfSize":1,"children":[]}}']) {
    fs.writeFileSync(profile, text);
    assert.ok((await findLeaks(files)).every((finding) => finding.allocatedAt === undefined));
  }
  fs.rmSync(profile);
  const { findings, ...rest } = await leakReport(files);
  const { findings: before, ...restBefore } = withSite;
  assert.deepEqual(rest, restBefore);
  assert.deepEqual(
    findings.map(({ signature }) => signature),
    before.map(({ signature }) => signature),
  );
  assert.ok(findings.every((finding) => finding.allocatedAt === undefined));
});

for (const [name, expected] of [
  ['document-tree', ['insert']],
  // Few objects: whether they have enough samples is a matter of chance.
  ['linked-list', ['', undefined]],
  ['player-room', [undefined]],
  // A decorator replaced the class by a derived one, whose constructor only calls that of the class.
  ['decorated', [undefined]],
  ['request-store', ['']],
  // The class of a generator is its function, which others than its caller resume.
  ['generator-queue', [undefined]],
]) {
  test(`${name}: the right function, or none`, LONG, (t) => {
    const findings = findLeaksSync(profiled(t, path.join(OWN, `${name}.js`)));
    assert.ok(findings.length > 0);
    assert.ok(expected.includes(findings[0].allocatedAt?.function), JSON.stringify(findings[0].allocatedAt));
  });
}
