'use strict';
// The declarations match the code.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { readDeclarations } = require('../docs/generate/declarations.js');
const heapdump = require('../index.js');
const { dumpFor } = require('../lib/capture/dump.js');
const { Sampling } = require('../lib/profile/profiler.js');

const ROOT = path.resolve(__dirname, '..');
const DECLARATIONS = readDeclarations().replace(/\/\*\*.*?\*\//gs, '');
const FIXTURE = path.join(ROOT, 'test/fixtures/node22.heapsnapshot.zst');

const sorted = (names) => [...new Set(names)].sort();
const names = (text, pattern) => sorted([...text.matchAll(pattern)].map(([, name]) => name));

/** Returns the members of a declared interface or class, including inherited ones. */
function members(name) {
  const [, bases, body] = new RegExp(`^export (?:interface|class) ${name}(?: extends ([\\w, ]+))? \\{\\n(.*?)^\\}`, 'ms').exec(
    DECLARATIONS,
  );
  const inherited = (bases?.split(', ') ?? []).flatMap(members);
  return sorted([...inherited, ...names(body, /^ {2}(?:readonly )?(\w+)(?:\??:|\()/gm)]);
}

test('everything exported is declared, and vice versa', async () => {
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
  // As watch() takes it, because only that adds a profile.
  const sampling = new Sampling();
  const result = await dumpFor('test', { path: path.join(folder, 'a.heapsnapshot'), sidecar: true, profile: sampling });
  sampling.stop();
  assert.deepEqual(sorted(Object.keys(result)), members('DumpResult'));
  assert.deepEqual(sorted(Object.keys(result.profile)), members('DumpedProfile'));
  assert.deepEqual(sorted(Object.keys(result.memoryBefore)), members('MemoryUsage'));
  assert.deepEqual(sorted(Object.keys(heapdump.capabilities())), members('Capabilities'));
});

test('an answer has the fields that are declared', (t) => {
  const snapshot = heapdump.openSync(FIXTURE);
  t.after(() => snapshot.close());
  const fields = (value, type) => assert.deepEqual(sorted(Object.keys(value)), members(type), type);
  const {
    rows: [{ id }],
  } = snapshot.findSync({ type: 'closure', sort: 'retainedSize', limit: 1 });
  const summary = snapshot.summarySync();
  fields(summary, 'Summary');
  fields(summary.rows[0], 'SummaryRow');
  fields(snapshot.statisticsSync(), 'Statistics');
  fields(snapshot.nodeSync(id), 'NodeDetails');
  const changes = heapdump.diffSync(
    ...['', '-later'].map((later) => path.join(ROOT, `test/fixtures/node20${later}.heapsnapshot.zst`)),
  );
  const lists = [
    ['NodeList', 'NodeRow', snapshot.dominatorsSync(id)],
    ['EdgeList', 'EdgeRow', snapshot.childrenSync(id)],
    ['DuplicateStringList', 'DuplicateString', snapshot.duplicateStringsSync({ limit: 1 })],
    ['NativeContextList', 'NativeContextRow', snapshot.nativeContextsSync()],
    ['Diff', 'DiffRow', changes],
    ['NewObjects', 'NewObjectGroup', changes.newObjects],
  ];
  for (const [list, row, answer] of lists) {
    fields(answer, list);
    fields(answer.rows[0], row);
  }
  fields(heapdump.diffSync(snapshot, snapshot, { by: 'name' }), 'DiffByName');
  const packages = heapdump.packagesSync([snapshot, snapshot]);
  fields(packages, 'Packages');
  fields(packages.totals, 'PackageTotals');
  fields(packages.rows[0], 'PackageRow');
  fields(packages.rows[0].change, 'PackageChange');
  const tracked = heapdump.openSync(path.join(ROOT, 'test/fixtures/adversarial2.heapsnapshot.gz'));
  t.after(() => tracked.close());
  const allocations = tracked.allocationsSync();
  fields(allocations, 'AllocationList');
  fields(allocations.rows[0], 'AllocationRow');
  fields(allocations.rows[0].callers[0], 'StackFrame');
  fields(tracked.timelineSync().rows[0], 'TimelineRow');
  const trend = heapdump.trendSync(Array(3).fill(path.join(ROOT, 'test/fixtures/adversarial1.heapsnapshot.gz')));
  fields(trend, 'Trend');
  fields(trend.totals, 'TrendTotals');
  fields(trend.rows[0], 'TrendRow');
  fields(trend.rows[0].stayed, 'CohortSeries');
  fields(trend.owners, 'OwnerTrends');
  fields(changes.newObjects.rows[0].owner, 'NodeRow');
  fields(changes.newObjects.rows[0].path[0], 'RetainingReference');
  const forest = snapshot.pathsToRootSync(id);
  fields(forest, 'PathForest');
  fields(forest.paths[0], 'PathBranch');
});

test('a leak has the fields that are declared', async () => {
  const kept = [];
  const error = await heapdump
    .expectNoLeak(
      () => {
        kept.push([{}]);
      },
      { confirmMs: 0 },
    )
    .catch((error) => error);
  assert.deepEqual(sorted(Object.keys(error)), names(/interface LeakError [^}]*/.exec(DECLARATIONS)[0], /^ {2}(\w+):/gm));
  const [leak] = error.leaks;
  for (const [value, type] of [
    [leak, 'Leak'],
    [leak.owner, 'NodeRow'],
    [leak.path[0], 'RetainingReference'],
    [leak.parts[0], 'LeakPart'],
  ]) {
    assert.deepEqual(sorted(Object.keys(value)), members(type), type);
  }
});

test('a report of leaks has the fields that are declared', () => {
  const report = heapdump.leakReportSync(
    ['before', 'after'].map((name) => path.join(ROOT, `test/fixtures/page/${name}.heapsnapshot.zst`)),
  );
  assert.deepEqual(sorted(Object.keys(report)), members('LeakReport'));
  assert.deepEqual(sorted(Object.keys(report.growth)), members('HeapGrowth'));
  assert.deepEqual(sorted(Object.keys(report.messages)), members('LeakReportMessages'));
  const [{ evidence, messages }] = report.findings;
  assert.deepEqual(sorted(Object.keys(messages)), members('FindingMessages'));
  assert.deepEqual(sorted(Object.keys(messages.title)), members('FindingMessage'));
  assert.deepEqual(sorted(Object.keys(evidence)), members('FindingEvidence'));
  assert.deepEqual(sorted(Object.keys(evidence.explained)), members('FindingShare'));
});

test('a snapshot has the members that are declared', () => {
  const own = Object.getOwnPropertyNames(heapdump.Snapshot.prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(sorted(own), members('Snapshot'));
});

test('options are known by the names that are declared', (t) => {
  const snapshot = heapdump.openSync(path.join(ROOT, 'test/fixtures/adversarial1.heapsnapshot.gz'));
  t.after(() => snapshot.close());
  const on =
    (method, ...args) =>
    (options) =>
      snapshot[method](...args, options);
  for (const [call, ...types] of [
    [heapdump.dump, 'DumpOptions'],
    [heapdump.install, 'InstallOptions'],
    [(options) => heapdump.open('a', options), 'FileOptions', 'WorkOptions'],
    [(options) => heapdump.openSync('a', options), 'FileOptions'],
    [heapdump.snapshot, 'SnapshotOptions'],
    [(options) => heapdump.analyze(undefined, options), 'SummaryOptions', 'SnapshotOptions'],
    [(options) => heapdump.analyze('a', options), 'SummaryOptions', 'WorkOptions'],
    [(options) => heapdump.diff('a', 'b', options), 'DiffOptions', 'WorkOptions'],
    [(options) => heapdump.trend(['a', 'b', 'c'], options), 'TrendOptions', 'WorkOptions'],
    [(options) => heapdump.expectNoLeak(() => {}, options), 'ExpectNoLeakOptions'],
    [on('statistics'), 'Abortable'],
    [on('summary'), 'SummaryOptions', 'Abortable'],
    [on('instances', 'Object'), 'InstancesOptions', 'Abortable'],
    [on('children', 1), 'EdgeListOptions', 'Abortable'],
    [on('pathsToRoot', 1), 'PathOptions', 'Abortable'],
    [on('dominatorTree', 1), 'WindowOptions', 'Abortable'],
    [on('find'), 'FindOptions', 'Abortable'],
    [on('closures'), 'ClosuresOptions', 'Abortable'],
    [on('suspects'), 'SuspectsOptions', 'Abortable'],
    [(options) => heapdump.findLeaks(['a'], options), 'SuspectsOptions', 'FindLeaksOptions', 'WorkOptions'],
    [(options) => heapdump.leakReport(['a'], options), 'SuspectsOptions', 'FindLeaksOptions', 'WorkOptions'],
  ]) {
    assert.throws(
      () => call({ noSuchOption: true }),
      ({ code, message }) => {
        assert.equal(code, 'ERR_INVALID_ARG_VALUE');
        const [, known] = /known are ([\w, ]+)\./.exec(message);
        assert.deepEqual(sorted(known.split(', ')), sorted(types.flatMap(members)));
        return true;
      },
    );
  }
});

test('programs in TypeScript compile', (t) => {
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  if (!fs.existsSync(compiler)) return t.skip('TypeScript is not installed');
  if (Number(process.versions.node.split('.')[0]) < 20) return t.skip('TypeScript needs a newer Node');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', path.join(__dirname, 'types')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});
