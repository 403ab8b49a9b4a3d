// Answers: the numbers of the API, pages, limits, progress, cancellation.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { OWN } from '../../test/leaks/run.js';
import { INTERVAL_BYTES, observed } from '../../test/leaks/sites.js';
import { cleanup } from '../../test/support/cleanup.js';
import { seen, until } from '../../test/support/temporary.js';
import { readPages } from './agent.js';
import { FIXTURES, ROOT, Server, temporary } from './client.js';

const require = createRequire(import.meta.url);
const { open } = require('../../lib/analysis/snapshot.js');
const { diff } = require('../../lib/analysis/diff.js');
const { findLeaks } = require('../../lib/analysis/findings.js');

const [BEFORE, AFTER, OTHER] = ['node20', 'node20-later', 'node22'].map((name) => `${name}.heapsnapshot.zst`);
const LONG = { timeout: 280_000 };
const PRELOAD = path.join(ROOT, 'mcp/test/preload');

/** Opens two snapshots of one process, by the server and by the API. */
async function both(t, args = []) {
  const server = await Server.start(t, ['--dir', FIXTURES, ...args]);
  for (const file of [BEFORE, AFTER]) await server.ask('open_snapshot', { path: file });
  const [before, after] = await Promise.all([BEFORE, AFTER].map((file) => open(path.join(FIXTURES, file))));
  cleanup(t, () => [before, after].forEach((snapshot) => snapshot.close()));
  return { server, before, after };
}

test('tools say all that a client needs to know, on both revisions of the protocol', LONG, async (t) => {
  for (const mode of ['legacy', { pin: '2026-07-28' }]) {
    const server = await Server.start(t, ['--dir', FIXTURES], { client: { versionNegotiation: { mode } } });
    assert.deepEqual(
      server.tools.map(({ name }) => name).sort(),
      ['close_snapshot', 'diff', 'explain_object', 'find_leaks', 'findings', 'list_processes', 'list_snapshots', 'memory_ledger']
        .concat(['open_snapshot', 'query', 'summary', 'take_snapshot'])
        .sort(),
    );
    for (const { name, title, description, inputSchema, outputSchema, annotations } of server.tools) {
      assert.ok(title && description.length > 80, name);
      assert.deepEqual([inputSchema.type, outputSchema.type], ['object', 'object']);
      for (const [argument, { description: about }] of Object.entries(inputSchema.properties))
        assert.ok(about || argument === 'view', `${name} ${argument}`);
      assert.equal(typeof annotations.readOnlyHint, 'boolean');
    }
    assert.match(server.client.getInstructions(), /find_leaks/);
    const { nodeCount } = await server.ask('open_snapshot', { path: BEFORE });
    assert.equal(nodeCount, 45610);
  }
});

test('an object says what allocated it, if V8 tracked that', LONG, async (t) => {
  const file = 'adversarial2.heapsnapshot.gz';
  const server = await Server.start(t, ['--dir', FIXTURES]);
  const api = await open(path.join(FIXTURES, file));
  cleanup(t, () => api.close());
  await server.ask('open_snapshot', { path: file });
  const { rows } = await api.summary();
  const lists = await Promise.all(rows.slice(0, 20).map(({ constructor }) => api.instances(constructor)));
  const nodes = await Promise.all(lists.flatMap((list) => list.rows).map(({ id }) => api.node(id)));
  const [tracked, untracked] = [true, false].map((isTracked) =>
    nodes.find((node) => (node.allocationStack !== null) === isTracked),
  );
  const { object } = await server.ask('explain_object', { snapshot: 's1', id: tracked.id });
  assert.equal(object.allocatedBy.length, Math.min(8, tracked.allocationStack.length));
  const [first] = tracked.allocationStack;
  const place = first.file === null ? '' : ` (${first.file}:${first.line}:${first.column})`;
  assert.equal(object.allocatedBy[0], `${first.function || '(anonymous)'}${place}`);
  const other = await server.ask('explain_object', { snapshot: 's1', id: untracked.id });
  assert.equal(other.object.allocatedBy, undefined);
});

test('summary and its pages are those of the API', LONG, async (t) => {
  const { server, after } = await both(t);
  const { rows, totals } = await after.summary();
  const all = await readPages(server, 'summary', { snapshot: 's2' }, 'constructors');
  assert.equal(all.length, totals.rowCount);
  assert.deepEqual(
    all.map(({ count, shallowBytes, retainedBytes }) => [count, shallowBytes, retainedBytes]),
    rows.map(({ count, shallowSize, retainedSize }) => [count, shallowSize, retainedSize]),
  );
  const large = await server.ask('summary', { snapshot: 's2', maxBytes: 50_000 });
  assert.ok(large.constructors.length > 90);
  const two = await server.ask('summary', { snapshot: 's2', limit: 2, offset: 1, sort: 'count' });
  assert.equal(two.constructors.length, 2);
  assert.deepEqual([two.total, two.nextOffset], [totals.rowCount, 3]);
  const matched = await server.ask('summary', { snapshot: 's2', match: 'session' });
  assert.ok(matched.constructors.every(({ constructor }) => /session/i.test(constructor)));
});

test('diff and owners are those of the API', LONG, async (t) => {
  const { server, before, after } = await both(t);
  const expected = await diff(before, after, { sort: 'sizeDelta', newObjects: 1000 });
  const rows = await readPages(server, 'diff', { before: 's1', after: 's2' }, 'constructors');
  assert.deepEqual(
    rows.map(({ addedCount, deltaBytes }) => [addedCount, deltaBytes]),
    expected.rows.map(({ addedCount, sizeDelta }) => [addedCount, sizeDelta]),
  );
  const owners = await readPages(server, 'diff', { before: 's1', after: 's2', view: 'owners' }, 'owners');
  assert.deepEqual(
    owners.map(({ count, retainedBytes, owner }) => [count, retainedBytes, owner.id]),
    expected.newObjects.rows.map(({ count, retainedSize, owner }) => [count, retainedSize, owner.id]),
  );
  await server.ask('open_snapshot', { path: OTHER });
  assert.equal(await server.codeOf('diff', { before: 's1', after: 's3' }), 'ERR_HEAPDUMP_DIFFERENT_PROCESS');
  assert.equal(await server.codeOf('findings', { snapshots: ['s1', 's3'] }), 'ERR_HEAPDUMP_DIFFERENT_PROCESS');
  const byName = await server.ask('diff', { before: 's1', after: 's3', by: 'name' });
  assert.ok(byName.constructors.length > 0);
});

test('findings are those of the API', LONG, async (t) => {
  const { server, before, after } = await both(t);
  const expected = await findLeaks([before, after]);
  const found = await readPages(server, 'findings', { snapshots: ['s1', 's2'] }, 'findings');
  assert.deepEqual(
    found.map(({ title, signature, retainedBytes }) => [title, signature, retainedBytes]),
    expected.map(({ title, signature, evidence }) => [title, signature, evidence.bytes]),
  );
});

test('an object, its lists, and the path to it', LONG, async (t) => {
  const { server, after } = await both(t);
  const { rows } = await after.instances('Map');
  const listed = await readPages(server, 'explain_object', { snapshot: 's2', constructorName: 'Map', part: 'instances' }, 'rows');
  assert.deepEqual(
    listed.map(({ id }) => id),
    rows.map(({ id }) => id),
  );
  const { object, path: steps, dominators } = await server.ask('explain_object', { snapshot: 's2', constructorName: 'Map' });
  assert.equal(object.id, rows[0].id);
  assert.equal(object.retainedBytes, rows[0].retainedSize);
  const { paths } = await after.pathsToRoot(object.id);
  assert.equal(steps[0].fromId, paths[0].id);
  const expected = await after.dominators(object.id);
  assert.deepEqual(
    dominators.map(({ id }) => id),
    expected.rows.slice(1, 7).map(({ id }) => id),
  );
  for (const [part, list] of [
    ['retainers', await after.retainers(object.id)],
    ['references', await after.children(object.id)],
    ['dominated', await after.dominatorTree(object.id)],
  ]) {
    const all = await readPages(server, 'explain_object', { snapshot: 's2', id: object.id, part }, 'rows');
    assert.deepEqual(
      all.map(({ id }) => id),
      list.rows.map(({ id }) => id),
      part,
    );
  }
  const whole = await readPages(server, 'explain_object', { snapshot: 's2', id: object.id, part: 'path' }, 'rows');
  assert.deepEqual(whole.slice(0, steps.length), steps);
});

test('answers with long names are cut, too', LONG, async (t) => {
  const directory = temporary(t);
  const code = `
    const name = (i) => 'N'.repeat(150) + i;
    let inner = {};
    for (let i = 0; i < 20; i++) {
      const outer = new (eval('(class ' + name(i) + ' {})'))();
      for (let k = 0; k < 8; k++) outer[name(k) + 'p'] = k === 0 ? inner : new outer.constructor();
      inner = outer;
    }
    globalThis.held = inner;
    require('node:v8').writeHeapSnapshot('long.heapsnapshot');`;
  execFileSync(process.execPath, ['-e', code], { cwd: directory });
  const server = await Server.start(t, ['--dir', directory]);
  const { snapshot } = await server.ask('open_snapshot', { path: 'long.heapsnapshot' });
  const constructorName = `${'N'.repeat(150)}5`;
  const { path: steps, dominators } = await server.ask('explain_object', { snapshot, constructorName });
  assert.ok(steps.length > 0 && dominators.length > 0);
  await server.ask('findings', { snapshots: [snapshot] });
  await server.ask('diff', { before: snapshot, after: snapshot, view: 'owners' });
});

test('a finding says what allocated its objects, if the snapshot or a profile beside it shows it', LONG, async (t) => {
  const folder = temporary(t);
  const files = observed(process.execPath, path.join(OWN, 'patched-emit.js'), folder, INTERVAL_BYTES);
  const server = await Server.start(t, ['--dir', folder]);
  const snapshots = [];
  for (const file of files) snapshots.push((await server.ask('open_snapshot', { path: file })).snapshot);
  const [{ allocatedAt }] = (await server.ask('findings', { snapshots })).findings;
  assert.match(allocatedAt.by, /^installLogger \(.*patched-emit\.js:8:23\)$/);
  assert.deepEqual([allocatedAt.source, allocatedAt.class], ['profile', 'Function']);
});

test('query: rows, pages, columns', LONG, async (t) => {
  const { server, after } = await both(t);
  const { rows } = await server.ask('query', {
    snapshot: 's2',
    sql: 'SELECT count(*) AS objects, sum(self_size) AS size FROM nodes',
  });
  assert.deepEqual(rows, [[after.nodeCount, after.totalSize]]);
  const sql = 'SELECT id FROM nodes WHERE id < 8000 ORDER BY id';
  const ids = (await readPages(server, 'query', { snapshot: 's2', sql }, 'rows')).map(([id]) => id);
  const expected = (await after.find()).rows.map(({ id }) => id).filter((id) => id < 8000);
  assert.deepEqual(
    ids,
    expected.sort((a, b) => a - b),
  );
});

test('query without DuckDB says what to install', LONG, async (t) => {
  const server = await Server.start(t, ['--dir', FIXTURES], { nodeArgs: ['--require', path.join(PRELOAD, 'without-duckdb.cjs')] });
  await server.ask('open_snapshot', { path: BEFORE });
  const { error } = await server.call('query', { snapshot: 's1', sql: 'SELECT 1' });
  assert.equal(error.code, 'ERR_HEAPDUMP_UNSUPPORTED');
  assert.match(error.message, /npm install @duckdb\/node-api/);
});

test('the least recently used snapshot is closed first', LONG, async (t) => {
  const server = await Server.start(t, ['--dir', FIXTURES, '--max-open', '2']);
  await server.ask('open_snapshot', { path: BEFORE });
  await server.ask('open_snapshot', { path: AFTER });
  await server.ask('summary', { snapshot: 's1' });
  const { snapshot, open: ids } = await server.ask('open_snapshot', { path: OTHER });
  assert.equal(snapshot, 's3');
  assert.deepEqual(ids.sort(), ['s1', 's3']);
  const { error } = await server.call('summary', { snapshot: 's2' });
  assert.equal(error.code, 'ERR_HEAPDUMP_CLOSED');
  assert.match(error.message, /make room/);

  const small = await Server.start(t, ['--dir', FIXTURES, '--max-memory', '1']);
  await small.ask('open_snapshot', { path: BEFORE });
  assert.deepEqual((await small.ask('open_snapshot', { path: AFTER })).open, ['s2'], 'one may exceed the limit alone');
});

test('the memory of a process, and its change', { ...LONG, skip: process.platform !== 'linux' }, async (t) => {
  const server = await Server.start(t, ['--dir', FIXTURES]);
  const first = await server.ask('memory_ledger', { process: process.pid });
  assert.equal(first.elapsedMs, undefined);
  const parts = await readPages(server, 'memory_ledger', { process: process.pid }, 'parts');
  assert.ok(parts.some(({ owner }) => owner === 'v8'));
  const second = await server.ask('memory_ledger', { process: process.pid });
  assert.ok(second.elapsedMs > 0);
  assert.equal(typeof second.rssChangeBytes, 'number');
  assert.equal(await server.codeOf('memory_ledger', { process: 'no-such-process' }), 'ERR_INVALID_ARG_VALUE');
});

/** A service that has loaded heapdump-rs, in a directory of its own. */
async function service(t) {
  const cwd = temporary(t);
  const code = `require(${JSON.stringify(ROOT)}); setInterval(() => {}, 1000); console.log('ready')`;
  const child = spawn(process.execPath, ['-e', code], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  cleanup(t, () => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { pid: child.pid, cwd };
}

test('a snapshot is taken into a directory of the server', { ...LONG, skip: process.platform === 'win32' }, async (t) => {
  const { pid, cwd } = await service(t);
  const directory = temporary(t);
  fs.mkdirSync(path.join(directory, 'sub'));
  const server = await Server.start(t, ['--dir', directory]);
  const { path: file, bytes } = await server.ask('take_snapshot', { process: pid, directory: 'sub', redact: 'strings' });
  assert.equal(path.dirname(file), path.join(directory, 'sub'));
  assert.equal(fs.statSync(file).size, bytes);
  if (process.platform === 'linux') assert.deepEqual(fs.readdirSync(cwd), [], 'nothing is left with the process');
  const { files } = await server.ask('list_snapshots');
  assert.deepEqual(
    files.map((one) => one.path),
    [file],
  );
  await server.ask('open_snapshot', { path: file });
});

test(
  'find_leaks reports progress, can be cancelled, and leaves nothing',
  { ...LONG, skip: process.platform === 'win32' },
  async (t) => {
    const { pid } = await service(t);
    const tmp = temporary(t);
    const server = await Server.start(t, ['--dir', temporary(t)], { env: { TMPDIR: tmp } });
    const abort = new AbortController();
    const heard = [];
    const call = server.ask(
      'find_leaks',
      { process: pid, count: 2, intervalSeconds: 3600 },
      {
        signal: abort.signal,
        onprogress: (progress) => {
          heard.push(progress);
          if (/snapshot 2 of 2: in /.test(progress.message)) abort.abort();
        },
      },
    );
    const refused = server.codeOf('find_leaks', { process: pid });
    assert.equal(await refused, 'ERR_HEAPDUMP_BUSY');
    await assert.rejects(call);
    assert.ok(heard.length > 0);
    const values = heard.map(({ progress }) => progress);
    assert.deepEqual(
      values,
      [...new Set(values)].sort((a, b) => a - b),
      'progress rises',
    );
    const [own] = fs.readdirSync(tmp);
    await until(() => fs.readdirSync(path.join(tmp, own)).join() === 'empty');
    // The process can be asked again.
    const { snapshots } = await server.ask('find_leaks', { process: pid, count: 2, intervalSeconds: 0 });
    assert.equal(snapshots.length, 2);
    await server.close();
    await until(() => fs.readdirSync(tmp).length === 0);
  },
);

test('no call holds the event loop for long', { ...LONG, skip: !fs.existsSync('/proc/self/schedstat') }, async (t) => {
  const result = path.join(temporary(t), 'delay');
  const server = await Server.start(t, ['--dir', FIXTURES], {
    env: { HEAPDUMP_TEST_DELAY: result },
    nodeArgs: ['--require', path.join(PRELOAD, 'delay.cjs')],
  });
  // Once before, so that what is compiled and loaded at the first call does not count.
  const round = async (again) => {
    const files = again ? [BEFORE, AFTER, OTHER] : [BEFORE];
    for (const file of files) await server.ask('open_snapshot', { path: file });
    const snapshot = 's1';
    await server.ask('list_processes');
    await server.ask('list_snapshots');
    await server.ask('findings', { snapshots: [snapshot] });
    await server.ask('summary', { snapshot, maxBytes: 100_000 });
    await server.ask('explain_object', { snapshot, constructorName: 'Object' });
    await server.ask('query', { snapshot, sql: 'SELECT * FROM nodes', limit: 1000, maxBytes: 100_000 });
    if (again) await server.ask('diff', { before: 's1', after: 's2', view: 'owners', maxBytes: 100_000 });
  };
  await round(false);
  process.kill(server.pid, 'SIGUSR2');
  await round(true);
  await server.close();
  const max = Number(await seen(path.dirname(result), () => fs.existsSync(result) && fs.readFileSync(result, 'utf8')));
  t.diagnostic(`${max.toFixed(1)} ms`);
  assert.ok(max > 0 && max < 50, `${max} ms`);
});
