'use strict';
// `heapdump-rs report`: the data of the page, and the written file. web/test tests the page itself in a browser.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { build } = require('../lib/report/build.js');
const { describe } = require('../lib/report/describe.js');
const { memoryIn } = require('../lib/report/memory.js');
const { readSidecar } = require('../lib/analysis/sidecar.js');
const { render, template, write } = require('../lib/report/page.js');
const { withoutValue } = require('../lib/report/values.js');
const { cleanEnvironment, start } = require('./support/app.js');
const { cleanup } = require('./support/cleanup.js');
const { runSync } = require('./support/command.js');
const { temporary } = require('./support/temporary.js');

const FILES = ['', '-later'].map((later) => path.resolve(__dirname, `fixtures/node20${later}.heapsnapshot.zst`));
const OTHER = path.resolve(__dirname, 'fixtures/node22.heapsnapshot.zst');
const SLOT = '<script type="application/json" id="data"></script>';

const run = (...args) => runSync('report', ...args);

function opened(t, files) {
  const snapshots = files.map((file) => heapdump.openSync(file));
  cleanup(t, () => snapshots.forEach((snapshot) => snapshot.close()));
  return snapshots;
}

test('a report contains the first rows of the answers of the API', (t) => {
  const snapshots = opened(t, FILES);
  const last = snapshots[1];
  const data = build(snapshots, FILES, { showValues: true });
  assert.deepEqual(data.summary, last.summarySync());
  assert.deepEqual(data.statistics, last.statisticsSync());
  assert.deepEqual(data.findings, heapdump.findLeaksSync(snapshots, { showValues: true }));
  const { newObjects, ...diff } = heapdump.diffSync(...snapshots, { newObjects: data.diffs[0].newObjects.rows.length });
  assert.deepEqual(data.diffs[0], {
    ...diff,
    newObjects: { ...newObjects, rows: newObjects.rows.map((row) => ({ ...row, path: row.path.slice(0, 30) })) },
  });
  assert.equal(data.trend, null);
  for (const [classKey, { totals, rows }] of Object.entries(data.instances)) {
    assert.deepEqual({ totals, rows }, last.instancesSync(classKey, { limit: rows.length }));
  }
  for (const [id, { totals, rows }] of Object.entries(data.dominatorTree)) {
    assert.deepEqual({ totals, rows }, last.dominatorTreeSync(Number(id), { limit: rows.length }));
  }
  const shown = Object.values(data.instances).reduce((sum, { rows }) => sum + rows.length, 0);
  assert.deepEqual(
    data.leftOut.find(({ what }) => what === 'instances'),
    { what: 'instances', shown, total: data.summary.rows.reduce((sum, { count }) => sum + count, 0) },
  );
  for (const { shown: some, total } of data.leftOut) assert.ok(some < total);
  assert.ok(Object.keys(data.paths).length > 100);
  assert.ok(JSON.stringify(data).length < 5e6);
});

test('three snapshots have a trend, and a comparison with each earlier one', (t) => {
  const files = [FILES[0], FILES[1], FILES[1]];
  const snapshots = opened(t, files);
  const data = build(snapshots, files, { showValues: true });
  const { owners, ...trend } = heapdump.trendSync(snapshots, { owners: 0 });
  assert.deepEqual(data.trend.snapshots, trend.snapshots);
  assert.deepEqual(data.trend.rows, trend.rows.slice(0, data.trend.rows.length));
  assert.equal(data.trend.owners.totals.rowCount, owners.totals.rowCount);
  assert.deepEqual(Object.keys(data.diffs), ['0', '1']);
});

test('contents of strings are there only if they are asked for', async (t) => {
  const folder = temporary(t);
  const app = start(
    t,
    folder,
    `
    const { writeHeapSnapshot } = require('node:v8');
    const text = (i) => JSON.parse(JSON.stringify('hunter2 is the password, ' + i));
    class Login { constructor(i) { this.password = text(i % 3); this.all = new RegExp('hunter2-' + i); } }
    globalThis.logins = Array.from({ length: 2000 }, (_, i) => new Login(i));
    globalThis.weak = new WeakMap(globalThis.logins.map((login, i) => [login, 'hunter2 of ' + i]));
    writeHeapSnapshot('a.heapsnapshot');
    say('done');
    setInterval(() => {}, 1e6);
  `,
  );
  await app.said('done');
  const file = path.join(folder, 'a.heapsnapshot');
  const hidden = run(file, '--json').stdout;
  assert.match(hidden, /Login/);
  assert.doesNotMatch(hidden, /hunter2/);
  const data = JSON.parse(hidden);
  assert.equal(data.showsValues, false);
  assert.equal(data.duplicateStrings.rows.find(({ length }) => length === 26).value, '');
  const shown = run(file, '--json', '--show-values').stdout;
  assert.match(shown, /hunter2 is the password, 1/);
});

test('lines of code in a report have no strings, as the report goes to others', async (t) => {
  const folder = temporary(t);
  const app = start(
    t,
    folder,
    `
    const { writeHeapSnapshot } = require('node:v8');
    const kept = [];
    const add = (i) => { kept.push({ label: 'hunter2', row: 'row '.repeat(2000) + i }); }; // hunter3
    for (const name of ['a', 'b', 'c']) {
      for (let i = 0; i < 200; i++) add(i);
      writeHeapSnapshot(name + '.heapsnapshot');
    }
    say('done');
    setInterval(() => {}, 1e6);
  `,
  );
  await app.said('done');
  const files = ['a', 'b', 'c'].map((name) => path.join(folder, `${name}.heapsnapshot`));
  const framesOf = ({ findings }) => JSON.stringify(findings[0].frames);
  const hidden = framesOf(JSON.parse(run(...files, '--json').stdout));
  assert.match(hidden, /kept\.push\(\{ label: '\u2026{7}'/);
  assert.doesNotMatch(hidden, /hunter/);
  assert.match(framesOf(JSON.parse(run(...files, '--json', '--show-values').stdout)), /hunter2.*hunter3/);
});

test('V8 writes contents into the names of some references, too', () => {
  const edge = (text) => `3 / part of key (Login @5) -> value (${text} @7) pair in WeakMap (table @9)`;
  const row = { id: 1, name: 'hunter2', type: 'string', edge: edge('hunter2 (@1) pair') };
  assert.deepEqual(withoutValue(row), {
    id: 1,
    name: '',
    type: 'string',
    edge: '3 / part of key (\u2026@7) pair in WeakMap (table @9)',
  });
  assert.deepEqual(withoutValue({ id: 1, name: 'Login', type: 'object' }), { id: 1, name: 'Login', type: 'object' });
});

test('data about the process comes from the heap and from the sidecar, and nothing else is taken', (t) => {
  const folder = temporary(t);
  const place = path.join(folder, 'a.heapsnapshot.zst');
  fs.copyFileSync(OTHER, place);
  const [snapshot] = opened(t, [place]);
  const described = () => describe(snapshot, place);
  assert.equal(described().name, 'a.heapsnapshot.zst');
  assert.match(described().node, /^v22\./);
  assert.match(described().v8, /^12\./);
  assert.equal(described().reason, undefined);
  const sidecar = {
    pid: 7,
    node: 'v22.0.1',
    reason: 'SIGUSR2',
    method: 'fork',
    pauseMs: 12.5,
    startedAt: '2026-01-02T03:04:05.000Z',
  };
  fs.writeFileSync(`${place}.json`, JSON.stringify(sidecar));
  const { startedAt, ...rest } = sidecar;
  assert.deepEqual(described(), { ...described(), ...rest, time: startedAt });
  for (const wrong of [
    '{',
    'null',
    '[]',
    '"text"',
    JSON.stringify({ pid: {}, node: 3, pauseMs: 'x', startedAt: 'yesterday', nodeCount: 1 }),
  ]) {
    fs.writeFileSync(`${place}.json`, wrong);
    const { pid, pauseMs, node, nodeCount } = described();
    assert.deepEqual([pid, pauseMs], [undefined, undefined]);
    assert.match(node, /^v22\./);
    assert.ok(nodeCount > 1000);
  }
});

test('ledgers and samples of the sidecar are summed by owner, thinned out, and not trusted', (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  const beside = (sidecar) => {
    fs.writeFileSync(`${file}.json`, JSON.stringify(sidecar));
    return memoryIn(readSidecar(file));
  };
  const at = '2026-01-02T03:04:05.000Z';
  const parts = [
    { owner: 'stack', name: 'a', resident: 3 },
    { owner: 'stack', name: 'b', resident: 4 },
    { owner: 'constructor', resident: 5 },
    { owner: 'malloc', resident: -1 },
    null,
  ];
  const before = { at, rss: 20, unexplained: 8, parts };
  const sample = { at, rss: 7, unexplained: 0, owners: { malloc: 7, stack: 'x' }, threads: 3 };
  const samples = [...Array.from({ length: 1440 }, () => sample), { ...sample, rss: 9 }, 7, { at: 'now' }];
  const { samples: kept, ...memory } = beside({ memory: { before, after: null }, samples });
  assert.deepEqual(memory, { before: { at, rss: 20, unexplained: 8, owners: { stack: 7 } }, after: undefined });
  assert.equal(kept.length, 240);
  assert.deepEqual(kept[0], { at, rss: 7, unexplained: 0, owners: { malloc: 7 } });
  assert.equal(kept.at(-1).rss, 9);
  for (const wrong of [{}, { memory: 3 }, { memory: { before: [] } }, { memory: { before: { ...before, rss: '1' } } }])
    assert.equal(beside(wrong), undefined);
});

test('no name is longer than a kilobyte, and names that begin alike stay apart', (t) => {
  const folder = temporary(t);
  const make = spawnSync(
    process.execPath,
    [
      '-e',
      `
    class FirstName { propertyName = {}; }
    class OtherName { propertyName = {}; }
    globalThis.kept = Array.from({ length: 5000 }, (_, i) => i % 5 ? new FirstName() : new OtherName());
    require('node:v8').writeHeapSnapshot('a.heapsnapshot');
  `,
    ],
    { cwd: folder, encoding: 'utf8', env: cleanEnvironment() },
  );
  assert.equal(make.status, 0, make.stderr);
  const file = path.join(folder, 'a.heapsnapshot');
  const long = (end) => `${'x'.repeat(1e6)}${end}`;
  const names = { FirstName: long(1), OtherName: long(2), propertyName: long(3) };
  fs.writeFileSync(
    file,
    fs.readFileSync(file, 'utf8').replace(/"(FirstName|OtherName|propertyName)"/g, (_, name) => `"${names[name]}"`),
  );
  const { stdout } = run(file, '--json');
  assert.doesNotMatch(stdout, /x{1025}/);
  const data = JSON.parse(stdout);
  assert.ok(JSON.stringify(data).length < 5e6, `${JSON.stringify(data).length} characters`);
  const { summary, instances } = data;
  const rows = summary.rows.filter(({ constructor }) => constructor.startsWith('xx'));
  assert.deepEqual(
    rows.map(({ classKey }) => instances[classKey].totals.count),
    [4000, 1000],
  );
});

test('data in a page is data, whatever it holds', () => {
  const data = { text: '</script><!--<script>& \u2028\u2029 \ud800 $& $1 \'"`\u0000' };
  const html = render(data, `<p>${SLOT}</p><script>1</script>`);
  const [, json] = /^<p><script type="application\/json" id="data">(.*)<\/script><\/p><script>1<\/script>$/s.exec(html);
  assert.doesNotMatch(json, /[<>&\u2028\u2029\ud800\0]/);
  assert.deepEqual(JSON.parse(json), data);
});

test('the page is there when it is complete, for its owner only', { skip: process.platform === 'win32' && 'no modes' }, (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'report.html');
  fs.writeFileSync(file, 'old', { mode: 0o644 });
  write(file, 'new');
  assert.equal(fs.readFileSync(file, 'utf8'), 'new');
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  fs.symlinkSync(file, path.join(folder, 'link'));
  assert.throws(() => write(path.join(folder, 'link'), 'x'), { code: 'ELOOP' });
  fs.mkdirSync(path.join(folder, 'folder'));
  assert.throws(() => write(path.join(folder, 'folder'), 'x'), { code: 'EEXIST' });
  assert.throws(() => write(path.join(folder, 'missing/report.html'), 'x'), { code: 'ENOENT' });
  assert.deepEqual(fs.readdirSync(folder).sort(), ['folder', 'link', 'node_modules', 'report.html']);
});

test('a page that is not built is an error that says how to build it', (t) => {
  const folder = temporary(t);
  assert.throws(() => template(path.join(folder, 'report.html')), { code: 'ERR_HEAPDUMP_NO_PAGE', message: /npm run build:web/ });
  fs.writeFileSync(path.join(folder, 'report.html'), '<p>');
  assert.throws(() => template(path.join(folder, 'report.html')), { code: 'ERR_HEAPDUMP_NO_PAGE' });
});

test('wrong usage and wrong files are errors', (t) => {
  const folder = temporary(t);
  assert.equal(run().status, 2);
  assert.equal(run(FILES[0], '--lang', 'xx', '--json').status, 2);
  assert.equal(run(path.join(folder, 'nothing'), '--json').status, 3);
  const different = run(FILES[0], OTHER, '--json');
  assert.equal(different.status, 3);
  assert.match(different.stderr, /ERR_HEAPDUMP_DIFFERENT_PROCESS/);
});
