'use strict';
// Findings say where their objects were allocated, if the last snapshot has allocation stacks or an allocation profile beside it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { findLeaks, findLeaksSync, leakReport, open, openSync } = require('..');
const { render } = require('../lib/messages.js');
const { OWN, SINGLE } = require('./leaks/run.js');
const { INTERVAL_BYTES, observed } = require('./leaks/sites.js');
const { outputOf } = require('./support/command.js');
const { ROOT, temporary } = require('./support/temporary.js');

const LONG = { timeout: 300_000 };

/** Runs a program of test/leaks with the profiler on, and returns its snapshots. Each has a profile beside it. */
const profiled = (t, file) => observed(process.execPath, file, temporary(t), INTERVAL_BYTES);

/** Runs a program with allocation stacks, and returns its snapshots. */
const tracked = (t, file) => observed(process.execPath, file, temporary(t), 'stacks');

const HARNESS = JSON.stringify(path.join(ROOT, 'test/leaks/harness.js'));

/** Writes a program, and a package that it can require as `helper`. */
function written(t, name, text, helper) {
  const folder = temporary(t);
  if (helper) fs.writeFileSync(path.join(folder, 'node_modules/helper.js'), helper);
  const file = path.join(folder, name);
  fs.writeFileSync(file, `'use strict';\n${text}`);
  return file;
}

/** A program that makes orders in one function, and entries in three. */
function program(t) {
  return written(
    t,
    'orders.js',
    `class Order { constructor(n) { this.lines = new Array(40).fill(n + 0.5); } }
class Entry { constructor(n) { this.words = new Array(40).fill(n + 0.5); } }
const orders = [];
const journal = [];
function fetchOrder(n) { return new Order(n); }
function handle(n) { orders.push(fetchOrder(n)); }
const made = [(n) => new Entry(n), function second(n) { return new Entry(n); }, function third(n) { return new Entry(n); }];
require(${HARNESS}).run((n) => { handle(n); journal.push(made[n % 3](n)); });
module.exports = { orders, journal };
`,
  );
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
  ['request-store', ['']],
  // The class of a generator is its function, which others than its caller resume. The function makes it when it is called.
  ['generator-queue', ['pages', undefined]],
]) {
  test(`${name}: the right function, or none`, LONG, (t) => {
    const findings = findLeaksSync(profiled(t, path.join(OWN, `${name}.js`)));
    assert.ok(findings.length > 0);
    assert.ok(expected.includes(findings[0].allocatedAt?.function), JSON.stringify(findings[0].allocatedAt));
  });
}

/** A program that makes plain objects, closures and objects of a package, and pairs of objects of one size in two functions. */
function mixed(t) {
  return written(
    t,
    'mixed.js',
    `const { make } = require('helper');
const records = [], handlers = [], pairs = [], parts = [];
function parse(n) { return { a: n, b: n, c: n, d: n, e: n, f: n, g: n, h: n, i: n, j: [n] }; }
function subscribe(state) { return () => state; }
function left(n) { return { a: n, b: n, c: n, d: n, e: n, f: n, g: [n] }; }
function right(n) { return { g: n, f: n, e: n, d: n, c: n, b: n, a: [n] }; }
function load(n) { return make(n, 6); }
require(${HARNESS}).run((n) => {
  records.push(parse(n));
  handlers.push(subscribe({ text: 'some text'.repeat(n % 7) }));
  pairs.push(left(n), right(n));
  parts.push(load(n));
});
module.exports = { records, handlers, pairs, parts };
`,
    `class Part { constructor(n) { this.numbers = new Array(40).fill(n + 0.5); } }
const make = (n, depth) => depth > 0 ? make(n, depth - 1) : JSON.parse('[1]').map(() => new Part(n))[0];
module.exports = { make };
`,
  );
}

test('objects without a class are joined by source and by size', LONG, (t) => {
  const files = profiled(t, mixed(t));
  const findings = findLeaksSync(files);
  const [records, handlers, pairs] = ['records', 'handlers', 'pairs'].map((name) => ofClass(findings, name));
  assert.equal(records.allocatedAt.function, 'parse');
  assert.equal(records.allocatedAt.source, 'profile');
  assert.ok(records.allocatedAt.share > 0.9 && records.allocatedAt.confidence > 0.7, JSON.stringify(records.allocatedAt));
  assert.equal(records.messages.sentence.at(-1).id, 'allocated-at.size');
  assert.equal(handlers.allocatedAt.function, 'subscribe');
  assert.equal(handlers.messages.sentence.at(-1).id, 'allocated-at.source');
  // Two functions make objects of this size: neither is named with a high confidence.
  assert.ok((pairs.allocatedAt?.confidence ?? 0) < 0.5, JSON.stringify(pairs.allocatedAt));

  // Without a profile beside the first snapshot, objects that are older than it count, too.
  fs.rmSync(files[0].replace('.heapsnapshot', '.heapprofile'));
  const site = ofClass(findLeaksSync(files), 'records').allocatedAt;
  assert.ok(site === undefined || site.function === 'parse', JSON.stringify(site));
});

test('allocation stacks say it exactly, with the nearest function of the application', LONG, async (t) => {
  const files = tracked(t, mixed(t));
  const findings = await findLeaks(files);
  const { records, handlers, pairs, parts } = Object.fromEntries(
    ['records', 'handlers', 'pairs', 'parts'].map((name) => [name, ofClass(findings, name)]),
  );
  const { line, ...site } = records.allocatedAt;
  assert.deepEqual(
    [site.source, site.function, line, site.share, site.confidence, site.sampleCount],
    ['stacks', 'parse', 4, 1, 1, undefined],
  );
  // V8 forgets the stack of an object that moves after a snapshot.
  assert.ok(site.objectCount > 20, String(site.objectCount));
  assert.equal(handlers.allocatedAt.function, 'subscribe');
  assert.ok(
    ['left', 'right'].includes(pairs.allocatedAt.function) && pairs.allocatedAt.share < 0.6,
    JSON.stringify(pairs.allocatedAt),
  );
  const { callers, file } = parts.allocatedAt;
  assert.equal(path.basename(file), 'helper.js');
  assert.deepEqual(
    callers.map((caller) => caller.function),
    ['make', 'make', 'make', 'make', 'make', 'load'],
  );
  assert.match(
    parts.sentence,
    /Allocation stacks show where `Part` objects are made: in .*helper\.js:2:\d+\), called from `load` \(/,
  );
  assert.match(render('zh', parts.messages.sentence), /分配调用栈显示 `Part` 对象的创建位置/);
  assert.deepEqual(findLeaksSync(files), findings);
});

test('one snapshot: `suspects()` has the same field', LONG, async (t) => {
  const [file] = observed(process.execPath, path.join(SINGLE, 'class-map.js'), temporary(t), 1024);
  const snapshot = await open(file);
  const findings = await snapshot.suspects();
  assert.deepEqual(snapshot.suspectsSync(), findings);
  assert.equal(findings[0].allocatedAt.function, 'open');
  assert.ok(findings.every((finding) => !('members' in finding)));
  snapshot.close();
});

test('a derived class is made by the caller of its constructor', LONG, (t) => {
  const [{ allocatedAt: site }] = findLeaksSync(tracked(t, path.join(OWN, 'async-resource.js')));
  assert.equal(site.function, 'start');
});
